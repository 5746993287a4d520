package mqttq.config;

/**
 * The journal.
 * @param directory where it is
 * @param sync when what was written is forced to the disk
 * @param autosaveInterval Mosquitto's, as {@code autosaveOnChanges}: without effect, since every change is written when it is made
 */
public record PersistenceSettings(boolean enabled, String directory, Sync sync, int autosaveInterval, boolean autosaveOnChanges) {
    /** Before an acknowledgement depends on it; every second or so; when the system likes. */
    public enum Sync { ALWAYS, INTERVAL, NEVER }
}
