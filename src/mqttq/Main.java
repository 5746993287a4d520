package mqttq;

import mqttq.cli.Commands;

/** {@code java -jar mqttq.jar COMMAND}. */
public final class Main {
    private Main() { }

    public static void main(String[] args) {
        Commands.main(args);
    }
}
