#include "sim/sim_network.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace garner::sim {
namespace {

using Door = sandbox::VendorModel::Door;
using Transport = sandbox::FaultedReply::Transport;

struct Address {
    std::string origin;
    std::string host;
    std::string target;
};

Address split(const std::string& url) {
    const std::size_t scheme = url.find("://") + 3;
    const std::size_t path = std::min(url.find('/', scheme), url.size());
    return {url.substr(0, path), url.substr(scheme, path - scheme), path < url.size() ? url.substr(path) : "/"};
}

bool goes_to_strangers(const std::string& name) {
    const std::string lower = to_lower_ascii(name);
    return lower == "accept" || lower == "range" || lower == "if-range" || lower == "user-agent";
}

std::string bytes_of(const sandbox::FaultedReply& faulted) {
    if (!faulted.reply.content) return faulted.reply.body;
    std::string bytes(faulted.reply.content_length, '\0');
    faulted.reply.content->read(faulted.reply.content_offset, bytes);
    return bytes;
}

// Whether a client that gets this knows if it started something: a proxy's page does not tell, nor half an answer.
bool tells_what_became(const sandbox::FaultedReply& answered) {
    const int status = answered.reply.status;
    const bool proxy = (status == 502 || status == 503 || status == 504) && !answered.reply.body.starts_with('{');
    return answered.transport == Transport::answer && !answered.cut_after && !proxy;
}

}  // namespace

class SimNetwork::Client final : public HttpClient {
public:
    Client(SimNetwork& network, std::string source, const HttpSettings& settings)
        : network_(network),
          source_(std::move(source)),
          own_origin_(split(settings.base_url).origin),
          vendor_(network.vendors_.at(own_origin_)) {}

    Task<Result<HttpReply>> exchange(const HttpRequest& request) override {
        auto answered = co_await ask(request);
        if (!answered) co_return answered.error();
        HttpReply reply;
        reply.head = head_of(*answered);
        reply.body = bytes_of(*answered);
        if (reply.body.size() > request.reply_bytes_max)
            co_return Failure(FailureKind::corrupt, "the reply is too large");
        if (answered->cut_after && *answered->cut_after < reply.body.size())
            co_return Failure(FailureKind::uncertain,
                              "the connection closed after " + std::to_string(*answered->cut_after) + " bytes");
        co_return reply;
    }

    Task<Result<HttpReply>> download(const HttpRequest& request, ByteSink& sink) override {
        auto answered = co_await ask(request);
        if (!answered) co_return answered.error();
        HttpReply reply;
        reply.head = head_of(*answered);
        std::string bytes = bytes_of(*answered);
        if (reply.head.status != 200 && reply.head.status != 206) {
            reply.body = std::move(bytes);
            co_return reply;
        }
        const auto welcome = co_await sink.begin(reply.head);
        if (!welcome) co_return welcome.error();
        const std::uint64_t announced = reply.head.content_length.value_or(bytes.size());
        std::uint64_t arrives = std::min<std::uint64_t>(bytes.size(), announced);
        if (answered->cut_after) arrives = std::min(arrives, *answered->cut_after);
        for (std::uint64_t at = 0; at < arrives;) {
            co_await network_.clock_.sleep_for(Duration(1 + static_cast<std::int64_t>(network_.random_.below(400))));
            const std::span<std::byte> room = sink.buffer();
            const std::size_t n = std::min<std::size_t>({room.size(), arrives - at, 1 + network_.random_.below(6000)});
            std::copy_n(reinterpret_cast<const std::byte*>(bytes.data() + at), n, room.data());
            const auto taken = co_await sink.filled(n);
            if (!taken) co_return taken.error();
            at += n;
        }
        if (arrives < announced)
            co_return Failure(FailureKind::transient, "the connection closed after " + std::to_string(arrives) +
                                                          " of " + std::to_string(announced) + " bytes");
        co_return reply;
    }

private:
    // One request to the vendor and back, with what can happen on the way.
    Task<Result<sandbox::FaultedReply>> ask(const HttpRequest& request) {
        const NetworkFaults& faults = network_.faults_;
        SeededRandom& random = network_.random_;
        co_await network_.clock_.sleep_for(Duration(2 + static_cast<std::int64_t>(random.below(80))));
        if (random.happens(faults.refused)) co_return Failure(FailureKind::transient, "connect: Connection refused");

        const Address address = split(request.url);
        sandbox::ModelRequest asked;
        asked.method = request.method;
        asked.host = address.host;
        asked.target = address.target;
        asked.body = request.body;
        const bool own = address.origin == own_origin_;
        // The contract of HttpClient: what is the vendor's goes to the source's own origin only.
        for (const auto& [name, value] : request.headers)
            if (own || goes_to_strangers(name)) asked.headers.emplace_back(to_lower_ascii(name), value);
        if (request.authorization && own) asked.headers.emplace_back("authorization", request.authorization->reveal());
        asked.headers.emplace_back("user-agent", "garner-simulated");
        const Door door = own ? Door::api : Door::download;
        network_.trace_.note(request.method + " " + redact_url(request.url) + " " +
                             std::to_string(network_.clock_.elapsed().count()));

        if (own) network_.watch_.asked(source_, asked, network_.clock_.steady_now());
        const auto tell = [&](bool settled) {
            if (own) network_.watch_.answered(source_, asked, settled, network_.clock_.steady_now());
        };
        if (random.happens(faults.reset_before)) {
            tell(false);
            co_return Failure(FailureKind::uncertain, "the connection was reset");
        }
        sandbox::FaultedReply answered;
        if (random.happens(faults.bare_5xx)) {
            answered.reply.status = 502;
            answered.reply.body = "<html><body>Bad Gateway</body></html>";
        } else if (random.happens(faults.vendor_5xx)) {
            answered.reply.status = 500;
            answered.reply.body = vendor_.model->error_body(500, "try again");
        } else if (random.happens(faults.throttled)) {
            answered.reply.status = 429;
            if (random.happens(0.5))
                answered.reply.headers.emplace_back("retry-after", std::to_string(1 + random.below(90)));
        } else if (request.method == "GET" && random.happens(faults.html)) {
            answered.reply.status = 200;
            answered.reply.headers.emplace_back("content-type", "text/html");
            answered.reply.body = "<!doctype html><title>Sign in</title>";
        } else {
            const bool lost = random.happens(faults.lost_answer);
            if (lost) asked.headers.emplace_back(std::string(sandbox::kAnswerLostHeader), "1");
            answered = vendor_.faults->handle(door, asked, network_.clock_.true_now());
            if (lost) answered.transport = Transport::lost_answer;
        }
        co_await network_.clock_.sleep_for(answered.delay + Duration(2 + static_cast<std::int64_t>(random.below(80))));
        tell(tells_what_became(answered));
        if (answered.transport == Transport::reset_before || answered.transport == Transport::lost_answer)
            co_return Failure(FailureKind::uncertain, "the connection was reset before an answer came");
        const bool body = answered.reply.status == 200 || answered.reply.status == 206;
        const std::uint64_t size = answered.reply.content ? answered.reply.content_length : answered.reply.body.size();
        const bool file = body && answered.reply.content != nullptr;
        if (file && random.happens(faults.cut_body)) answered.cut_after = random.below(size + 1);
        if (file && random.happens(faults.wrong_length))
            answered.announced_length_off = 1 + static_cast<std::int64_t>(random.below(5));
        co_return answered;
    }

    HttpHead head_of(const sandbox::FaultedReply& answered) {
        HttpHead head;
        head.status = answered.reply.status;
        for (const auto& [name, value] : answered.reply.headers) head.headers.emplace_back(to_lower_ascii(name), value);
        const std::uint64_t size = answered.reply.content ? answered.reply.content_length : answered.reply.body.size();
        const std::int64_t announced = static_cast<std::int64_t>(size) + answered.announced_length_off;
        if (!answered.without_length)
            head.content_length = static_cast<std::uint64_t>(std::max<std::int64_t>(announced, 0));
        return head;
    }

    SimNetwork& network_;
    std::string source_;
    std::string own_origin_;
    Vendor vendor_;
};

Result<std::unique_ptr<HttpClient>> SimNetwork::client_for(const std::string& source, const HttpSettings& settings) {
    return std::unique_ptr<HttpClient>(std::make_unique<Client>(*this, source, settings));
}

}  // namespace garner::sim
