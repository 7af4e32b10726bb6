"""Speed, as ratios against the raw tools in the same run."""
