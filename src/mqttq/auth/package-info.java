/**
 * Who a client is, and what it may do.
 *
 * <p><b>In</b>: a {@link mqttq.auth.ConnectInfo} (client id, user name, password, certificate, address). <b>Out</b>: a
 * {@link mqttq.auth.Login} or a refusal, maybe later, since a password is hashed on a helper thread; then {@link mqttq.auth.Permissions},
 * asked at every subscription and message, which follow reloads by themselves.
 *
 * <p><b>Files</b> are Mosquitto's: {@link mqttq.auth.PasswordFile}, {@link mqttq.auth.Acl}; {@link mqttq.auth.AccessControl} holds what was
 * read for one listener or all. SCRAM's server side is {@link mqttq.auth.ScramExchange}.
 *
 * <p><b>Against guessing</b>: {@link mqttq.auth.LoginGuard}, one for the process, limits checks under way and failures by address and user.
 *
 * <p><b>Must not know</b> sessions or packets. Start with {@link mqttq.auth.ListenerAccess}.
 */
package mqttq.auth;
