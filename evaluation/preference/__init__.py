"""What an editor would send: learned from candidates of the default model that were read and labelled one by one."""
