/**
 * The command line: one class a command, dispatched by {@link mqttq.cli.Commands}. Options, exit codes and output are Mosquitto's where it
 * has them.
 *
 * <p><b>Clients</b> ({@code pub}, {@code sub}, {@code rr}) share {@link mqttq.cli.ClientOptions} and {@link mqttq.cli.ClientRun}: one
 * {@link mqttq.client.core.ClientCore} on a loop of its own until there is an exit code. {@code bench} runs many of them without allocating
 * a message. {@link mqttq.cli.MessageFormat} prints what comes.
 *
 * <p><b>Mistakes</b> of the user are {@link mqttq.cli.UsageException}s: one line that says what to do. The texts of {@code --help} are
 * files beside the classes.
 *
 * <p><b>Must not</b> know more of a protocol than its client's API says.
 */
package mqttq.cli;
