"""`make doctor`: checks this machine and the workspace before a deployment, and says how to mend what is wrong."""
