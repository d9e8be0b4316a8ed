#include "engine/polite_client.hpp"

#include <utility>

#include "connectors/reply_check.hpp"
#include "core/backoff.hpp"
#include "core/probe.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::string_view json_document = "a JSON document";  // as foreign_format() calls it

std::string origin_of(const std::string& url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string::npos) return url;
    return to_lower_ascii(url.substr(0, url.find_first_of("/?#", scheme + 3)));
}

std::string describe(const HttpRequest& request, const HttpReply& reply) {
    std::string text = request.method + " " + redact_url(request.url) + ": status " + std::to_string(reply.head.status);
    const std::string body = foreign_format(std::string_view(reply.body).substr(0, 256));
    return body.empty() || body == json_document ? text : text + ", " + body;
}

class PoliteClient final : public HttpClient {
public:
    PoliteClient(std::unique_ptr<HttpClient> client, PoliteTools tools)
        : client_(std::move(client)), tools_(std::move(tools)), state_(*tools_.state) {}

    Task<Result<HttpReply>> exchange(const HttpRequest& request) override {
        auto place = co_await may_leave(request);
        if (!place) co_return place.error();
        Further further(*this, request, *place);
        HttpRequest gated = request;
        gated.gate = &further;
        auto reply = co_await client_->exchange(gated);
        place->answered();
        co_await judge(request, reply);
        co_return reply;
    }

    Task<Result<HttpReply>> download(const HttpRequest& request, ByteSink& sink) override {
        auto place = co_await may_leave(request);
        if (!place) co_return place.error();
        Further further(*this, request, *place);
        HttpRequest gated = request;
        gated.gate = &further;
        Answered answered(*this, request, *place, sink);
        auto reply = co_await client_->download(gated, answered);
        place->answered();
        if (!answered.began) co_await judge(request, reply);
        co_return reply;
    }

private:
    // A redirect or a repeat is one more request: the one before it was answered, in a way.
    class Further final : public RequestGate {
    public:
        Further(PoliteClient& client, const HttpRequest& request, BudgetLine::Place& place)
            : client_(client), request_(request), place_(place) {}
        Task<Result<void>> pass() override {
            place_.answered();
            auto next = co_await client_.may_leave(request_);
            if (!next) co_return next.error();
            place_ = std::move(*next);
            co_return Result<void>();
        }

    private:
        PoliteClient& client_;
        const HttpRequest& request_;
        BudgetLine::Place& place_;
    };

    // A download is answered when it begins, however long it takes.
    class Answered final : public ByteSink {
    public:
        Answered(PoliteClient& client, const HttpRequest& request, BudgetLine::Place& place, ByteSink& sink)
            : client_(client), request_(request), place_(place), sink_(sink) {}
        Task<Result<void>> begin(const HttpHead& head) override {
            began = true;
            place_.answered();
            HttpReply reply;
            reply.head.status = head.status;
            const Result<HttpReply> answer = std::move(reply);
            co_await client_.judge(request_, answer);
            co_return co_await sink_.begin(head);
        }
        std::span<std::byte> buffer() override { return sink_.buffer(); }
        Task<Result<void>> filled(std::size_t n) override { return sink_.filled(n); }

        bool began = false;

    private:
        PoliteClient& client_;
        const HttpRequest& request_;
        BudgetLine::Place& place_;
        ByteSink& sink_;
    };

    Task<Result<BudgetLine::Place>> may_leave(const HttpRequest& request) {
        const bool own = is_own_address(tools_.settings, request.url);
        BudgetLine::Place place = state_.take_prepaid(request.method == "POST");
        // What was prepaid has passed the gate a moment ago.
        while (!place) {
            if (own) {
                const auto free = co_await state_.gate.wait_while_held();
                if (!free) co_return free.error();
            }
            if (!state_.budget.is_limited()) co_return BudgetLine::Place();
            auto taken = co_await state_.budget.take();
            if (!taken) co_return taken.error();
            if (own && state_.gate.is_held()) continue;
            place = std::move(*taken);
        }
        const auto counted = co_await state_.budget.depart(place);
        if (!counted) co_return counted.error();
        co_return place;
    }

    Task<> judge(const HttpRequest& request, const Result<HttpReply>& reply) {
        if (!is_own_address(tools_.settings, request.url)) co_return;
        if (!reply) {
            if (reply.error().kind == FailureKind::transient || reply.error().kind == FailureKind::uncertain)
                failed(reply.error());
        } else if (const auto asked = retry_after_of(reply->head);
                   reply->head.status == 429 || (reply->head.status == 503 && asked)) {
            Failure failure(FailureKind::transient, describe(request, *reply));
            failure.throttled = true;
            failure.retry_after = asked;
            const Duration delay = delay_after(failure, tools_.settings.backoff, 0, tools_.doors.random.next());
            if (state_.gate.hold(delay, failure.what)) tools_.observer.source_throttled(tools_.settings.name, delay);
        } else if (reply->head.status >= 500) {
            const Failure failure(FailureKind::transient, describe(request, *reply));
            // That one thing cannot be deleted, says the API in its own words: it was reached. What many ask for by one
            // address (a login, a start, a list) tells of the API itself.
            const bool own_words = reply->head.status == 500 && request.method == "DELETE" &&
                                   foreign_format(std::string_view(reply->body).substr(0, 256)) == json_document;
            failed(failure, own_words ? redact_url(request.url) : std::string());
        } else {
            const std::optional<Outage> outage = state_.gate.answered();
            if (outage || !state_.up) tools_.observer.source_up(tools_.settings.name, outage);
            state_.up = true;
        }
        const auto standing = state_.gate.news();
        if (!standing) co_return;
        const auto written = co_await tools_.ledger.source_stands(*standing);
        if (!written) tools_.observer.ledger_failing(written.error());
    }

    void failed(const Failure& failure, const std::string& thing = {}) {
        if (!state_.gate.failed(failure, tools_.settings.backoff, thing)) return;
        state_.up = false;
        tools_.observer.source_down(tools_.settings.name, failure);
    }

    std::unique_ptr<HttpClient> client_;
    PoliteTools tools_;
    SourceState& state_;
};

}  // namespace

std::unique_ptr<HttpClient> make_polite_client(std::unique_ptr<HttpClient> client, PoliteTools tools) {
    return std::make_unique<PoliteClient>(std::move(client), std::move(tools));
}

bool is_own_address(const SourceSettings& settings, const std::string& url) {
    return origin_of(url) == origin_of(settings.http.base_url);
}

}  // namespace garner
