package mqttq.cli;

/** A cursor over a command line. */
final class Arguments {
    private final String[] args;
    private int at;

    Arguments(String... args) { this.args = args; }

    /** The next option, or null at the end. */
    String next() { return at < args.length ? args[at++] : null; }

    /** How many are left. */
    int left() { return args.length - at; }

    /** The argument of the option just read. */
    String value(String option, String what) throws UsageException {
        if (at == args.length) throw new UsageException("Error: " + option + " argument given but no " + what + " specified.");
        return args[at++];
    }

    /** The argument of the option just read, a whole number from {@code least} to {@code most}; {@code error} is said where it is none. */
    int number(String option, String what, long least, long most, String error) throws UsageException {
        String value = value(option, what);
        try {
            long number = Long.parseLong(value);
            if (number >= least && number <= most) return (int) number;
        } catch (NumberFormatException e) {
            // said below
        }
        throw new UsageException("Error: " + error.replace("$", value));
    }

    /** The argument of the option just read, seconds from 0 with a fraction, in ns; at most about 100 years. */
    long nanos(String option, String what, String error) throws UsageException {
        String value = value(option, what);
        try {
            double seconds = Double.parseDouble(value);
            if (seconds >= 0 && seconds <= 3e9) return (long) (seconds * 1e9);
        } catch (NumberFormatException e) {
            // said below
        }
        throw new UsageException("Error: " + error.replace("$", value));
    }
}
