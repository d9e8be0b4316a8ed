// A request's way through the client: rules, redirects, a connection (kept or new), one conversation, and what is told
// of it.
#include "platform/real/real_network.hpp"

#include <sys/stat.h>

#include <functional>
#include <map>
#include <optional>

#include "core/text.hpp"
#include "platform/real/connection_pool.hpp"
#include "platform/real/conversation.hpp"
#include "platform/real/dialer.hpp"
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

class RealClient : public HttpClient {
public:
    RealClient(std::shared_ptr<Shared> shared, std::string source, HttpSettings settings, HttpUrl base,
               std::optional<Proxy> proxy, std::shared_ptr<TlsTrust> trust)
        : shared_(std::move(shared)),
          source_(std::move(source)),
          settings_(std::move(settings)),
          base_(std::move(base)),
          trust_number_(reinterpret_cast<std::uintptr_t>(trust.get())),
          number_(++shared_->clients_made),
          dialer_(shared_->io, shared_->options, shared_->resolver, std::move(proxy), std::move(trust),
                  settings_.allow_private_downloads) {}

    Task<Result<HttpReply>> exchange(const HttpRequest& request) override {
        co_return co_await follow(request, nullptr);
    }

    Task<Result<HttpReply>> download(const HttpRequest& request, ByteSink& sink) override {
        co_return co_await follow(request, &sink);
    }

private:
    Task<Result<HttpReply>> follow(const HttpRequest&, ByteSink*);
    Result<Destination> plan(std::string_view url, const HttpUrl* from) const;
    Task<Result<HttpReply>> ask(const HttpRequest&, const Destination&, ByteSink*);
    TlsPeer peer_of(const Destination&) const;

    std::shared_ptr<Shared> shared_;
    std::string source_;
    HttpSettings settings_;
    HttpUrl base_;
    std::uintptr_t trust_number_;
    unsigned number_;
    Dialer dialer_;
};

Task<Result<HttpReply>> RealClient::follow(const HttpRequest& request, ByteSink* sink) {
    std::string url = request.url;
    std::optional<HttpUrl> from;
    for (int hops = 0;; ++hops) {
        const Result<Destination> place = plan(url, from ? &*from : nullptr);
        if (!place) {
            const std::string operation =
                from ? request.method + " " + from->shown() + ": follow its redirect" : request.method;
            co_return place.error().during(operation);
        }
        const std::string operation = request.method + " " + place->url.shown();
        if (hops > 0 && request.gate != nullptr) {
            const auto passed = co_await request.gate->pass();
            if (!passed) co_return passed.error().during(operation);
        }
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

Result<Destination> RealClient::plan(std::string_view url, const HttpUrl* from) const {
    Result<HttpUrl> parsed = parse_http_url(url);
    if (!parsed) return parsed.error();
    Destination place;
    place.url = std::move(*parsed);
    place.near = nearness(base_, place.url);
    if (const auto fine = check_scheme(place.url, from, settings_.allow_http); !fine) return fine.error();

    place.through_proxy = dialer_.proxy() && !goes_without_proxy(settings_.no_proxy, place.url.host);
    if (place.through_proxy) {
        // The proxy resolves the name, so a name that leads to a private address is the proxy's to refuse.
        const auto fine = check_unresolved(place.url, place.near, settings_.allow_private_downloads);
        if (!fine) return fine.error();
    }
    const TlsPeer peer = peer_of(place);
    const bool any_address = place.near != Nearness::foreign || settings_.allow_private_downloads;
    place.key = place.url.origin() + " " + peer.name + (peer.verify ? " verified" : " unverified") +
                (peer.identify ? " identified" : "") + (any_address ? " anywhere" : " public") + " trust " +
                std::to_string(trust_number_);
    if (place.through_proxy || peer.identify) place.key += " client " + std::to_string(number_);
    return place;
}

// What the settings say of TLS is about the source's own host; only the trust anchors hold for every host.
TlsPeer RealClient::peer_of(const Destination& place) const {
    const TlsSettings& tls = settings_.tls;
    const bool own = place.near != Nearness::foreign;
    TlsPeer peer;
    peer.name = own && !tls.server_name.empty() ? to_lower_ascii(tls.server_name) : place.url.host;
    peer.verify = !(own && tls.insecure_skip_verify);
    peer.identify = place.near == Nearness::own_origin && !tls.cert_file.empty();
    peer.session = place.key;
    return peer;
}

Task<Result<HttpReply>> RealClient::ask(const HttpRequest& request, const Destination& place, ByteSink* sink) {
    const Moment started = now();
    const bool absolute_form = place.through_proxy && !place.url.tls;
    const std::optional<Proxy>& proxy = dialer_.proxy();
    const std::string* proxy_authorization = proxy && proxy->authorization ? &proxy->authorization->reveal() : nullptr;
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
            TlsPeer peer = peer_of(place);
            Result<std::unique_ptr<Connection>> made = co_await dialer_.connect(place, std::move(peer));
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
        if (reply || !kept || !may_repeat || !conversation.ended_unanswered()) break;
        if (request.gate == nullptr) continue;
        const auto passed = co_await request.gate->pass();
        if (passed) continue;
        reply = passed.error();
        break;
    }
    if (observer != nullptr)
        observer->request_ended(source_, status, std::chrono::duration_cast<Duration>(now() - started));
    if (reply && absolute_form && reply->head.status == 407) co_return dialer_.proxy_login_refused();
    co_return reply;
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
