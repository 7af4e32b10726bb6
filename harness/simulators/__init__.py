"""Starting, watching and stopping vcsim: in a container or as a process, behind one interface."""
