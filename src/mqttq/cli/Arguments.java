package mqttq.cli;

/** A cursor over a command line. */
final class Arguments {
    private final String[] args;
    private int at;

    Arguments(String[] args) {
        this.args = args;
    }

    /** The next option, or null at the end. */
    String next() {
        return at < args.length ? args[at++] : null;
    }

    /** The argument of the option just read. */
    String value(String option, String what) throws UsageException {
        if (at == args.length) throw new UsageException("Error: " + option + " argument given but no " + what + " specified.");
        return args[at++];
    }

    /** The argument of the option just read, a whole number from {@code least} to {@code most}. */
    int number(String option, String what, long least, long most) throws UsageException {
        String value = value(option, what);
        try {
            long number = Long.parseLong(value);
            if (number >= least && number <= most) return (int) number;
        } catch (NumberFormatException e) {
            // said below
        }
        throw new UsageException("Error: Invalid " + what + " given: " + value + " (" + option + " takes " + least + " to " + most + ")");
    }
}
