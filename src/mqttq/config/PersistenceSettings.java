package mqttq.config;

/**
 * The journal.
 * @param directory where it is
 * @param sync when what was written is forced to the disk
 * @param autosaveInterval with {@code autosaveOnChanges} changes, else seconds, after which the journal is compacted; 0: only by SIGUSR1 and by its own need
 */
public record PersistenceSettings(boolean enabled, String directory, Sync sync, int autosaveInterval, boolean autosaveOnChanges) {
    /** Before an acknowledgement depends on it; every second or so; when the system likes. */
    public enum Sync { ALWAYS, INTERVAL, NEVER }
}
