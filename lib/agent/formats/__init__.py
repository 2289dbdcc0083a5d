"""The languages that agents speak, a folder for each; `decoder` reads any of them."""
