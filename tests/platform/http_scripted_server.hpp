// A server that does to its clients exactly what a script says: any bytes, silence, a reset, a rude end. One thread a
// connection, blocking sockets; it never sleeps, it waits for the client.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/http_certificates.hpp"

namespace garner::testing_http {

struct ServerTls {
    KeyPair pair;
    int newest_version = 0;     ///< OpenSSL's number; 0: no limit
    std::string client_ca_pem;  ///< asks for a client certificate that this CA has signed
};

/// One accepted connection, as the script sees it. After the other side has gone, calls do nothing.
class Peer {
public:
    struct Parts;
    explicit Peer(Parts& parts) : parts_(parts) {}

    int number() const;           ///< of the connection, from 0
    std::string read_request();   ///< head and body; empty when the client has gone
    std::string read_some();      ///< whatever comes next; empty at the end
    bool send(std::string_view);  ///< false when the client has gone
    void end();                   ///< close_notify where there is TLS, then the end of the connection
    void cut();                   ///< the end of the connection, without close_notify
    void reset();                 ///< RST
    void wait_for_end();          ///< until the client closes: a stall that lasts as long as the client bears it
    bool start_tls();             ///< on a plain connection, after a CONNECT
    bool resumed() const;         ///< the client came back with a session

private:
    Parts& parts_;
};

class ScriptedServer {
public:
    using Script = std::function<void(Peer&)>;

    explicit ScriptedServer(Script);
    ScriptedServer(Script, const ServerTls&);
    /// Plain until the script calls start_tls().
    static std::unique_ptr<ScriptedServer> with_later_tls(Script, const ServerTls&);
    ~ScriptedServer();

    int port() const;
    std::string url(const std::string& path, const std::string& host = "127.0.0.1") const;
    int connections() const;
    std::vector<std::string> requests() const;  ///< what read_request() has read, on all connections

    struct Parts;

private:
    ScriptedServer() = default;
    std::unique_ptr<Parts> parts_;
};

/// A whole reply with a Content-Length.
std::string reply(int status, std::string_view body, const std::vector<std::string>& headers = {});

/// Answers each request of a connection with the same.
ScriptedServer::Script always(std::string answer);

/// Answers each request by a function of it.
ScriptedServer::Script answering(std::function<std::string(const std::string& request)>);

/// "GET /a HTTP/1.1"
std::string first_line(const std::string& request);
/// The value of a header, by lower-case name; "(none)" when it is not there.
std::string header_of(const std::string& request, const std::string& name);

}  // namespace garner::testing_http
