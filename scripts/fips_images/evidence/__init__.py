"""The files of an evidence folder that several rooms read: one form each, guarded by a schema."""
