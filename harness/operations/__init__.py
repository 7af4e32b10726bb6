"""What somebody asks for: each operation checks the world and answers with events, or refuses."""
