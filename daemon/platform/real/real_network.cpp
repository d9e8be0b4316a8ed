// A request's way through the client: rules, redirects, a connection (kept or new), one conversation, and what is told
// of it.
#include "platform/real/real_network.hpp"

#include <string.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "core/text.hpp"
#include "platform/real/connection_pool.hpp"
#include "platform/real/conversation.hpp"
#include "platform/real/proxy.hpp"
#include "platform/real/visit_rules.hpp"

namespace garner {
namespace {

Moment now() { return std::chrono::steady_clock::now(); }

// What all clients of a network share.
struct Shared {
    Shared(asio::io_context& io_, HttpObserver* observer_, RealNetworkOptions options_)
        : io(io_),
          observer(observer_),
          options(std::move(options_)),
          resolver(io, options.look_up, options.resolved_keep),
          pool(std::make_shared<ConnectionPool>(io, options.keep_alive, options.idle_connections_max)) {}

    asio::io_context& io;
    HttpObserver* observer;
    RealNetworkOptions options;
    Resolver resolver;
    std::shared_ptr<ConnectionPool> pool;
    std::map<std::string, std::weak_ptr<TlsTrust>> trusts;
    unsigned clients_made = 0;
};

// One place that a request goes to, checked but for its addresses.
struct Place {
    HttpUrl url;
    Nearness near = Nearness::foreign;
    bool through_proxy = false;
    std::string key;  ///< of the connections that would do
};

// Credentials go through here: nothing of them stays in freed memory.
struct WipedText {
    explicit WipedText(std::string text_) : text(std::move(text_)) {}
    WipedText(const WipedText&) = delete;
    WipedText& operator=(const WipedText&) = delete;
    ~WipedText() { explicit_bzero(text.data(), text.size()); }
    std::string text;
};

class RealClient : public HttpClient {
public:
    RealClient(std::shared_ptr<Shared> shared, std::string source, HttpSettings settings, HttpUrl base,
               std::optional<Proxy> proxy, std::shared_ptr<TlsTrust> trust)
        : shared_(std::move(shared)),
          source_(std::move(source)),
          settings_(std::move(settings)),
          base_(std::move(base)),
          proxy_(std::move(proxy)),
          trust_(std::move(trust)),
          number_(++shared_->clients_made) {}

    Task<Result<HttpReply>> exchange(const HttpRequest& request) override {
        co_return co_await follow(request, nullptr);
    }

    Task<Result<HttpReply>> download(const HttpRequest& request, ByteSink& sink) override {
        co_return co_await follow(request, &sink);
    }

private:
    Task<Result<HttpReply>> follow(const HttpRequest&, ByteSink*);
    Result<Place> plan(std::string_view url, const HttpUrl* from) const;
    Task<Result<HttpReply>> ask(const HttpRequest&, const Place&, ByteSink*);
    Task<Result<std::unique_ptr<Connection>>> connect(const Place&);
    Task<Result<std::unique_ptr<Connection>>> connect_any(const HttpUrl& next, const Place&, Moment deadline);
    Task<Result<void>> open_tunnel(Connection&, const Place&, Moment deadline);
    TlsPeer peer_of(const Place&) const;
    Failure proxy_login_refused() const;

    std::shared_ptr<Shared> shared_;
    std::string source_;
    HttpSettings settings_;
    HttpUrl base_;
    std::optional<Proxy> proxy_;
    std::shared_ptr<TlsTrust> trust_;
    unsigned number_;
};

Task<Result<HttpReply>> RealClient::follow(const HttpRequest& request, ByteSink* sink) {
    std::string url = request.url;
    std::optional<HttpUrl> from;
    for (int hops = 0;; ++hops) {
        const Result<Place> place = plan(url, from ? &*from : nullptr);
        if (!place) {
            const std::string operation =
                from ? request.method + " " + from->shown() + ": follow its redirect" : request.method;
            co_return place.error().during(operation);
        }
        const std::string operation = request.method + " " + place->url.shown();
        Result<HttpReply> reply = co_await ask(request, *place, sink);
        if (!reply) co_return reply.error().during(operation);

        std::optional<std::string> next;
        if (request.method == "GET") next = redirected_to(place->url, reply->head);
        if (!next) co_return reply;
        if (hops == redirects_max)
            co_return Failure(FailureKind::rejected, operation + ": more than " + std::to_string(redirects_max) +
                                                         " redirects, one after another");
        from = place->url;
        url = std::move(*next);
    }
}

Result<Place> RealClient::plan(std::string_view url, const HttpUrl* from) const {
    Result<HttpUrl> parsed = parse_http_url(url);
    if (!parsed) return parsed.error();
    Place place;
    place.url = std::move(*parsed);
    place.near = nearness(base_, place.url);
    if (const auto fine = check_scheme(place.url, from, settings_.allow_http); !fine) return fine.error();

    place.through_proxy = proxy_ && !goes_without_proxy(settings_.no_proxy, place.url.host);
    if (place.through_proxy) {
        // The proxy resolves the name, so a name that leads to a private address is the proxy's to refuse.
        const auto fine = check_unresolved(place.url, place.near, settings_.allow_private_downloads);
        if (!fine) return fine.error();
    }
    const TlsPeer peer = peer_of(place);
    const bool any_address = place.near != Nearness::foreign || settings_.allow_private_downloads;
    place.key = place.url.origin() + " " + peer.name + (peer.verify ? " verified" : " unverified") +
                (peer.identify ? " identified" : "") + (any_address ? " anywhere" : " public") + " trust " +
                std::to_string(reinterpret_cast<std::uintptr_t>(trust_.get()));
    if (place.through_proxy || peer.identify) place.key += " client " + std::to_string(number_);
    return place;
}

// What the settings say of TLS is about the source's own host; only the trust anchors hold for every host.
TlsPeer RealClient::peer_of(const Place& place) const {
    const TlsSettings& tls = settings_.tls;
    const bool own = place.near != Nearness::foreign;
    TlsPeer peer;
    peer.name = own && !tls.server_name.empty() ? to_lower_ascii(tls.server_name) : place.url.host;
    peer.verify = !(own && tls.insecure_skip_verify);
    peer.identify = place.near == Nearness::own_origin && !tls.cert_file.empty();
    peer.session = place.key;
    return peer;
}

Task<Result<HttpReply>> RealClient::ask(const HttpRequest& request, const Place& place, ByteSink* sink) {
    const Moment started = now();
    const bool absolute_form = place.through_proxy && !place.url.tls;
    const std::string* proxy_authorization =
        proxy_ && proxy_->authorization ? &proxy_->authorization->reveal() : nullptr;
    Result<std::string> written = write_request(request, place.url, place.near, proxy_authorization, absolute_form);
    if (!written) co_return written.error();
    const WipedText text(std::move(*written));

    HttpObserver* const observer = shared_->observer;
    const std::function<void(std::size_t)> on_body = [observer, this](std::size_t n) {
        if (observer != nullptr) observer->bytes_downloaded(source_, n);
    };
    const bool is_head = request.method == "HEAD";
    Result<HttpReply> reply = Failure(FailureKind::transient, "not asked");
    int status = 0;
    for (bool may_repeat = request.method == "GET";; may_repeat = false) {
        std::unique_ptr<Connection> connection = shared_->pool->take(place.key);
        const bool kept = connection != nullptr;
        if (!kept) {
            Result<std::unique_ptr<Connection>> made = co_await connect(place);
            if (!made) {
                reply = made.error();
                break;
            }
            connection = std::move(*made);
        }
        Conversation conversation(*connection, shared_->options, settings_.timeout);
        reply = co_await conversation.perform(text.text, is_head, request.reply_bytes_max, sink, on_body);
        status = conversation.status();
        if (conversation.is_connection_reusable()) shared_->pool->give(place.key, std::move(connection));
        if (!reply && kept && may_repeat && conversation.ended_unanswered()) continue;
        break;
    }
    if (observer != nullptr)
        observer->request_ended(source_, status, std::chrono::duration_cast<Duration>(now() - started));
    if (reply && absolute_form && reply->head.status == 407) co_return proxy_login_refused();
    co_return reply;
}

Task<Result<std::unique_ptr<Connection>>> RealClient::connect(const Place& place) {
    const Moment deadline = now() + shared_->options.connect;
    const HttpUrl& next = place.through_proxy ? proxy_->url : place.url;
    Result<std::unique_ptr<Connection>> connection = co_await connect_any(next, place, deadline);
    if (!connection || !place.url.tls) co_return connection;

    if (place.through_proxy) {
        const Result<void> tunnel = co_await open_tunnel(**connection, place, deadline);
        if (!tunnel) co_return tunnel.error();
    }
    std::shared_ptr<TlsTrust> trust = trust_;
    TlsPeer peer = peer_of(place);
    const Io<> secured = co_await (*connection)->start_tls(std::move(trust), std::move(peer), deadline);
    if (!secured)
        co_return Failure(kind_before_sending(secured.error()),
                          "TLS handshake with " + place.url.host_and_port() + ": " + secured.error().what);
    co_return connection;
}

Task<Result<std::unique_ptr<Connection>>> RealClient::connect_any(const HttpUrl& next, const Place& place,
                                                                  Moment deadline) {
    const Moment resolve_until = std::min(deadline, now() + shared_->options.resolve);
    const Result<Addresses> found = co_await shared_->resolver.resolve(next.host, resolve_until);
    if (!found) co_return found.error();

    // The addresses that are checked here are the very ones that are connected to: no second look-up can bring others.
    Addresses allowed;
    Failure problem(FailureKind::transient, "no address");
    for (const asio::ip::address& address : *found) {
        const Result<void> fine =
            place.through_proxy ? Result<void>()
                                : check_address(place.url, place.near, address, settings_.allow_private_downloads);
        if (fine) {
            allowed.push_back(address);
        } else {
            problem = fine.error();
        }
    }
    for (std::size_t i = 0; i < allowed.size(); ++i) {
        const bool last = i + 1 == allowed.size();
        const Moment until = last ? deadline : std::min(deadline, now() + shared_->options.connect_address);
        auto connection = std::make_unique<Connection>(shared_->io);
        const asio::ip::tcp::endpoint endpoint(allowed[i], next.port);
        const Io<> opened = co_await connection->open(endpoint, until);
        if (opened) {
            if (i > 0) shared_->resolver.prefer(next.host, allowed[i]);
            co_return connection;
        }
        problem =
            Failure(kind_before_sending(opened.error()),
                    std::string(place.through_proxy ? "connect to the proxy " : "connect to ") + next.host_and_port() +
                        (next.host == allowed[i].to_string() ? "" : " (" + allowed[i].to_string() + ")") + ": " +
                        opened.error().what);
        if (problem.kind == FailureKind::local || now() >= deadline) break;
    }
    co_return problem;
}

Task<Result<void>> RealClient::open_tunnel(Connection& connection, const Place& place, Moment deadline) {
    const std::string operation = "CONNECT through the proxy " + proxy_->url.host_and_port();
    const Duration left = std::max(Duration(1), std::chrono::duration_cast<Duration>(deadline - now()));
    const WipedText text(write_connect(place.url, *proxy_));
    const std::function<void(std::size_t)> nobody;
    Conversation conversation(connection, shared_->options, left);
    const Result<HttpReply> reply = co_await conversation.perform(text.text, true, 0, nullptr, nobody);
    if (!reply) {
        // Nothing of the request itself has left yet, whatever became of the CONNECT.
        Failure failure = reply.error().during(operation);
        if (failure.kind == FailureKind::uncertain) failure.kind = FailureKind::transient;
        co_return failure;
    }
    const int status = reply->head.status;
    if (status == 407) co_return proxy_login_refused();
    if (status / 100 != 2) {
        const FailureKind kind = status == 403 ? FailureKind::rejected : FailureKind::transient;
        co_return Failure(kind, operation + ": it answered " + std::to_string(status) + " for " +
                                    place.url.host_and_port() +
                                    (status == 403 ? ": allow that host there, or name it in no_proxy" : ""));
    }
    if (!connection.input.empty()) co_return Failure(FailureKind::corrupt, operation + ": more than an answer came");
    co_return Result<void>();
}

Failure RealClient::proxy_login_refused() const {
    const std::string proxy = "the proxy " + proxy_->url.host_and_port();
    return Failure(
        FailureKind::rejected,
        proxy_->authorization
            ? proxy + " refuses the login in proxy_url (407): correct its user and password"
            : proxy + " wants a login (407): set proxy_url to http://USER:PASSWORD@" + proxy_->url.host_and_port());
}

// Which file this is, so that a renewed certificate is read again for the clients made after a reload.
std::string file_identity(const std::string& path) {
    struct stat info {};
    if (path.empty() || ::stat(path.c_str(), &info) != 0) return path;
    return path + "@" + std::to_string(info.st_ino) + "." + std::to_string(info.st_size) + "." +
           std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec);
}

class RealNetwork : public Network {
public:
    RealNetwork(asio::io_context& io, HttpObserver* observer, RealNetworkOptions options)
        : shared_(std::make_shared<Shared>(io, observer, std::move(options))) {}

    Result<std::unique_ptr<HttpClient>> client_for(const std::string& source, const HttpSettings& settings) override {
        Result<HttpUrl> base = parse_http_url(settings.base_url);
        if (!base) return base.error().during("source " + source + ": url");
        std::optional<Proxy> proxy;
        if (!settings.proxy_url.empty()) {
            Result<Proxy> parsed = parse_proxy(settings.proxy_url);
            if (!parsed) return parsed.error().during("source " + source);
            proxy = std::move(*parsed);
        }
        Result<std::shared_ptr<TlsTrust>> trust = trust_for(settings.tls);
        if (!trust) return trust.error().during("source " + source);
        std::unique_ptr<HttpClient> client = std::make_unique<RealClient>(shared_, source, settings, std::move(*base),
                                                                          std::move(proxy), std::move(*trust));
        return client;
    }

private:
    Result<std::shared_ptr<TlsTrust>> trust_for(const TlsSettings& tls) {
        std::erase_if(shared_->trusts, [](const auto& entry) { return entry.second.expired(); });
        // Reading the system's CAs takes some 30 ms, so sources with the same files share.
        const std::string key =
            file_identity(tls.ca_file) + "\n" + file_identity(tls.cert_file) + "\n" + file_identity(tls.key_file);
        std::weak_ptr<TlsTrust>& known = shared_->trusts[key];
        if (std::shared_ptr<TlsTrust> trust = known.lock()) return trust;
        Result<std::shared_ptr<TlsTrust>> trust = load_trust(tls);
        if (trust) known = *trust;
        return trust;
    }

    std::shared_ptr<Shared> shared_;
};

}  // namespace

std::unique_ptr<Network> make_real_network(asio::io_context& io, HttpObserver* observer, RealNetworkOptions options) {
    return std::make_unique<RealNetwork>(io, observer, std::move(options));
}

}  // namespace garner
