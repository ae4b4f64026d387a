"""What an editor would send: learned from candidates of the default model that were read and labelled one by one.

The shipped labels are a strict reading by a large language model, not by people.
"""
