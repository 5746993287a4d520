/**
 * From mosquitto.conf(5) and the command line to settings.
 *
 * <p><b>In</b>: files named by the operator. <b>Out</b>: {@link mqttq.config.ServerSettings}, whole and checked, or a
 * {@link mqttq.config.ConfigException}: one line with file, line, cause and remedy. A key is one field with its default, in the settings
 * class it belongs to, and one case in {@code ConfigParser.take}, the only table of keys.
 *
 * <p><b>Limits</b>: {@link mqttq.config.BrokerSettings} has them all; what follows the memory at hand is {@code FIT} until
 * {@code fit(heap)} resolves it.
 *
 * <p><b>Must not know</b> what the settings do. Nothing is opened here but the files that are read. Start with {@code ConfigParser.take}.
 */
package mqttq.config;
