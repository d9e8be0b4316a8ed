#include "platform/http_scripted_server.hpp"

#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "core/text.hpp"

namespace garner::testing_http {
namespace {

void check(bool fine, const char* what) {
    if (!fine) throw std::runtime_error(std::string("scripted server: ") + what);
}

// A write to a client that has gone must fail here, but the process's other threads must go on as in production.
void block_sigpipe() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

X509* read_certificate(const std::string& pem) {
    BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    X509* certificate = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
    BIO_free(in);
    return certificate;
}

SSL_CTX* make_context(const ServerTls& tls) {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    if (tls.newest_version != 0) {
        SSL_CTX_set_security_level(context, 0);
        SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context, tls.newest_version);
    }
    X509* certificate = read_certificate(tls.pair.certificate_pem);
    BIO* in = BIO_new_mem_buf(tls.pair.key_pem.data(), static_cast<int>(tls.pair.key_pem.size()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
    BIO_free(in);
    check(SSL_CTX_use_certificate(context, certificate) == 1, "certificate");
    check(SSL_CTX_use_PrivateKey(context, key) == 1, "key");
    X509_free(certificate);
    EVP_PKEY_free(key);
    SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("t"), 1);
    if (!tls.client_ca_pem.empty()) {
        X509* ca = read_certificate(tls.client_ca_pem);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca);
        X509_free(ca);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    return context;
}

}  // namespace

struct Peer::Parts {
    int descriptor = -1;
    int number = 0;
    SSL* ssl = nullptr;
    SSL_CTX* context = nullptr;
    std::string unread;
    ScriptedServer::Parts* server = nullptr;
    std::thread thread;
    bool ended = false;

    std::size_t read(char* into, std::size_t size) {
        if (ended) return 0;
        if (ssl != nullptr) {
            const int got = SSL_read(ssl, into, static_cast<int>(size));
            return got > 0 ? static_cast<std::size_t>(got) : 0;
        }
        const ssize_t got = ::recv(descriptor, into, size, 0);
        return got > 0 ? static_cast<std::size_t>(got) : 0;
    }
};

struct ScriptedServer::Parts {
    Script script;
    int listener = -1;
    int port = 0;
    SSL_CTX* context = nullptr;
    bool tls_at_once = false;
    std::thread acceptor;
    mutable std::mutex mutex;
    std::list<Peer::Parts> peers;
    std::vector<std::string> requests;
    bool stopping = false;

    void listen(Script script_, const ServerTls* tls, bool at_once) {
        script = std::move(script_);
        if (tls != nullptr) context = make_context(*tls);
        tls_at_once = at_once && tls != nullptr;
        listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        check(::bind(listener, reinterpret_cast<sockaddr*>(&address), length) == 0, "bind");
        check(::listen(listener, 64) == 0, "listen");
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
        port = ntohs(address.sin_port);
        acceptor = std::thread([this] { accept_all(); });
    }

    void accept_all() {
        block_sigpipe();
        for (;;) {
            const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
            if (descriptor < 0) return;
            const std::lock_guard lock(mutex);
            if (stopping) {
                ::close(descriptor);
                return;
            }
            Peer::Parts& peer = peers.emplace_back();
            peer.descriptor = descriptor;
            peer.number = static_cast<int>(peers.size()) - 1;
            peer.context = context;
            peer.server = this;
            peer.thread = std::thread([this, &peer] { serve(peer); });
        }
    }

    void serve(Peer::Parts& parts) {
        block_sigpipe();
        Peer peer(parts);
        if (!tls_at_once || peer.start_tls()) script(peer);
        if (!parts.ended) peer.end();
    }

    ~Parts() {
        {
            const std::lock_guard lock(mutex);
            stopping = true;
            for (Peer::Parts& peer : peers)
                if (peer.descriptor >= 0) ::shutdown(peer.descriptor, SHUT_RDWR);
        }
        ::shutdown(listener, SHUT_RDWR);
        acceptor.join();
        ::close(listener);
        for (Peer::Parts& peer : peers) {
            peer.thread.join();
            SSL_free(peer.ssl);
            if (peer.descriptor >= 0) ::close(peer.descriptor);
        }
        SSL_CTX_free(context);
    }
};

int Peer::number() const { return parts_.number; }

bool Peer::start_tls() {
    parts_.ssl = SSL_new(parts_.context);
    SSL_set_fd(parts_.ssl, parts_.descriptor);
    const bool fine = SSL_accept(parts_.ssl) == 1;
    if (!fine) ERR_clear_error();
    return fine;
}

bool Peer::resumed() const { return parts_.ssl != nullptr && SSL_session_reused(parts_.ssl) == 1; }

std::string Peer::read_some() {
    std::array<char, 16 * 1024> bytes{};
    return std::string(bytes.data(), parts_.read(bytes.data(), bytes.size()));
}

std::string Peer::read_request() {
    std::string& unread = parts_.unread;
    std::size_t end = std::string::npos;
    while ((end = unread.find("\r\n\r\n")) == std::string::npos) {
        const std::string more = read_some();
        if (more.empty()) return {};
        unread += more;
    }
    const std::string length = header_of(unread.substr(0, end + 2), "content-length");
    const std::size_t whole = end + 4 + (length == "(none)" ? 0 : std::stoul(length));
    while (unread.size() < whole) {
        const std::string more = read_some();
        if (more.empty()) return {};
        unread += more;
    }
    const std::string request = unread.substr(0, whole);
    unread.erase(0, whole);
    const std::lock_guard lock(parts_.server->mutex);
    parts_.server->requests.push_back(request);
    return request;
}

bool Peer::send(std::string_view bytes) {
    while (!bytes.empty() && !parts_.ended) {
        const std::size_t piece = std::min<std::size_t>(bytes.size(), 1 << 20);
        const ssize_t sent = parts_.ssl != nullptr ? SSL_write(parts_.ssl, bytes.data(), static_cast<int>(piece))
                                                   : ::send(parts_.descriptor, bytes.data(), piece, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return !parts_.ended;
}

void Peer::end() {
    if (parts_.ssl != nullptr && !parts_.ended) SSL_shutdown(parts_.ssl);
    cut();
}

// Unread bytes would turn the end into a reset, so only our direction ends; the descriptor closes with the server.
void Peer::cut() {
    parts_.ended = true;
    ::shutdown(parts_.descriptor, SHUT_WR);
}

void Peer::reset() {
    parts_.ended = true;
    const linger at_once{1, 0};
    ::setsockopt(parts_.descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    const std::lock_guard lock(parts_.server->mutex);
    ::close(parts_.descriptor);
    parts_.descriptor = -1;
}

void Peer::wait_for_end() {
    while (!read_some().empty()) {
    }
}

ScriptedServer::ScriptedServer(Script script) : parts_(std::make_unique<Parts>()) {
    parts_->listen(std::move(script), nullptr, false);
}

ScriptedServer::ScriptedServer(Script script, const ServerTls& tls) : parts_(std::make_unique<Parts>()) {
    parts_->listen(std::move(script), &tls, true);
}

std::unique_ptr<ScriptedServer> ScriptedServer::with_later_tls(Script script, const ServerTls& tls) {
    std::unique_ptr<ScriptedServer> server(new ScriptedServer());
    server->parts_ = std::make_unique<Parts>();
    server->parts_->listen(std::move(script), &tls, false);
    return server;
}

ScriptedServer::~ScriptedServer() = default;

int ScriptedServer::port() const { return parts_->port; }

std::string ScriptedServer::url(const std::string& path, const std::string& host) const {
    return (parts_->tls_at_once ? "https://" : "http://") + host + ":" + std::to_string(port()) + path;
}

int ScriptedServer::connections() const {
    const std::lock_guard lock(parts_->mutex);
    return static_cast<int>(parts_->peers.size());
}

std::vector<std::string> ScriptedServer::requests() const {
    const std::lock_guard lock(parts_->mutex);
    return parts_->requests;
}

std::string reply(int status, std::string_view body, const std::vector<std::string>& headers) {
    std::string text = "HTTP/1.1 " + std::to_string(status) + " Word\r\n";
    for (const std::string& header : headers) text += header + "\r\n";
    return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

ScriptedServer::Script always(std::string answer) {
    return answering([answer = std::move(answer)](const std::string&) { return answer; });
}

ScriptedServer::Script answering(std::function<std::string(const std::string&)> answer) {
    return [answer = std::move(answer)](Peer& peer) {
        for (;;) {
            const std::string request = peer.read_request();
            if (request.empty() || !peer.send(answer(request))) return;
        }
    };
}

std::string first_line(const std::string& request) { return request.substr(0, request.find("\r\n")); }

std::string header_of(const std::string& request, const std::string& name) {
    for (std::size_t at = request.find("\r\n"); at != std::string::npos && at + 2 < request.size();) {
        const std::size_t begin = at + 2;
        at = request.find("\r\n", begin);
        const std::string line = request.substr(begin, at - begin);
        const std::size_t colon = line.find(':');
        if (colon != std::string::npos && to_lower_ascii(line.substr(0, colon)) == name)
            return std::string(trim_ascii(std::string_view(line).substr(colon + 1)));
    }
    return "(none)";
}

}  // namespace garner::testing_http
