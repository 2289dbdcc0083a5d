"""The bundle that deploys Lakechat: its options, how the CLI reads its files, and what is checked in them."""
