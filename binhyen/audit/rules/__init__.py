"""Pure rules: hash chain, Merkle tree, signed checkpoints, verification, recorded read events."""
