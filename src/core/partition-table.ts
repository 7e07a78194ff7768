/** Partition id to the clone ids of its owners, in order (2.6). */
export type PartitionTable = Readonly<Record<string, readonly string[]>>
