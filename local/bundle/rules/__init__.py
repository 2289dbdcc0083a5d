"""What is checked in a bundle, a file for each subject. A rule yields one sentence for each problem."""
