"""The living documentation: a site made of the features, the requirements, the procedures and the newest reports."""
