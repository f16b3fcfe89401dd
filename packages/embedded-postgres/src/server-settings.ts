/**
 * Settings of the server, each written out: nothing depends on the defaults of a version.
 * They suit a machine that is shared with the services, from 1 GB of memory.
 */
export const SERVER_SETTINGS: Readonly<Record<string, string>> = {
  // Memory. Four services with their pools, the queues' own connections and people with psql.
  max_connections: '200',
  shared_buffers: '128MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  // Containers give /dev/shm 64 MB, which parallel hash joins exceed: use files.
  dynamic_shared_memory_type: 'mmap',
  // Durability. What was answered with "accepted" is on the disk.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_level: 'replica',
  // A checkpoint every 15 minutes or 1 GB of log, spread out: fewer full page images.
  checkpoint_timeout: '15min',
  checkpoint_completion_target: '0.9',
  max_wal_size: '1GB',
  min_wal_size: '128MB',
  // Planning: short statements on a disk without seek times.
  jit: 'off',
  random_page_cost: '1.1',
  // Queues and projections update the same rows all day: clean up after a tenth of a table.
  autovacuum: 'on',
  autovacuum_naptime: '15s',
  autovacuum_vacuum_scale_factor: '0.1',
  autovacuum_analyze_scale_factor: '0.05',
  // Language and time are never those of the machine.
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  password_encryption: 'scram-sha-256',
  log_min_messages: 'warning',
  log_line_prefix: '%m [%p] ',
}
