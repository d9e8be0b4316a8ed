#include "service/pages.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "core/expiry.hpp"
#include "core/report_json.hpp"
#include "ledger/coverage_report.hpp"
#include "ledger/inventory.hpp"

namespace garner {
namespace {

namespace json = boost::json;

constexpr Duration cache_age_max{1'000};
constexpr std::size_t api_rows_max = 1000;

const char* const front_page =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>garner</title></head><body>\n"
    "<h1>garner " GARNER_VERSION
    "</h1>\n<ul>\n"
    "<li><a href=\"/metrics\">/metrics</a>: for Prometheus</li>\n"
    "<li><a href=\"/-/healthy\">/-/healthy</a>: the process answers</li>\n"
    "<li><a href=\"/-/ready\">/-/ready</a>: it can do its work</li>\n"
    "<li><a href=\"/api/v1/status\">/api/v1/status</a>: every target, as garner status --json</li>\n"
    "<li><a href=\"/api/v1/runs\">/api/v1/runs</a>: the newest 1000 runs, as garner runs --json</li>\n"
    "<li><a href=\"/api/v1/artifacts\">/api/v1/artifacts</a>: the newest 1000 artifacts</li>\n"
    "<li><a href=\"/api/v1/targets\">/api/v1/targets</a>: what the sources list</li>\n"
    "<li><a href=\"/api/v1/gaps\">/api/v1/gaps</a>: spans of time that are not archived</li>\n"
    "<li><a href=\"/api/v1/leftovers\">/api/v1/leftovers</a>: what may still lie at a vendor</li>\n"
    "</ul>\n</body></html>\n";

WebReply plain(int status, const std::string& text) {
    WebReply reply;
    reply.status = status;
    reply.body = text + "\n";
    return reply;
}

WebReply json_reply(const json::value& value) {
    WebReply reply;
    reply.content_type = "application/json";
    reply.body = json::serialize(value) + "\n";
    return reply;
}

WebReply cannot_read(const Failure& failure) { return plain(503, "the ledger cannot be read: " + failure.what); }

}  // namespace

Pages::Pages(asio::any_io_executor executor, Clock& clock, const Health& health, LedgerView& ledger,
             std::function<LiveMetrics()> live, Callback callback)
    : clock_(clock),
      health_(health),
      ledger_(ledger),
      live_(std::move(live)),
      callback_(std::move(callback)),
      read_(std::move(executor)) {}

Task<WebReply> Pages::answer(WebRequest request) {
    if (request.path == "/metrics") co_return co_await metrics();
    if (request.path == "/-/healthy") co_return plain(200, "garnerd is running");
    if (request.path == "/-/ready") {
        const std::string why = health_.why_not_ready();
        co_return why.empty() ? plain(200, "ready") : plain(503, why);
    }
    if (request.path == "/api/v1/status") co_return co_await status();
    if (request.path == "/api/v1/runs") co_return co_await runs();
    if (request.path == "/api/v1/artifacts") co_return co_await artifacts();
    if (request.path == "/api/v1/targets") co_return co_await targets();
    if (request.path == "/api/v1/leftovers") co_return co_await leftovers();
    if (request.path == "/api/v1/gaps") co_return co_await gaps();
    if (request.path == "/") {
        WebReply reply;
        reply.content_type = "text/html; charset=utf-8";
        reply.body = front_page;
        co_return reply;
    }
    co_return plain(404, "there is no such page; / lists those that there are");
}

Task<std::shared_ptr<const LedgerMetrics>> Pages::ledger_metrics() {
    while (reading_) co_await read_.wait();
    if (cached_at_ && clock_.steady_now() - *cached_at_ < cache_age_max) co_return cached_;
    // One read at a time, and never a lost flag: the guard also works when the client goes away meanwhile.
    struct Reading {
        explicit Reading(Pages& pages) : pages_(pages) { pages_.reading_ = true; }
        ~Reading() {
            pages_.reading_ = false;
            pages_.read_.notify_all();
        }
        Pages& pages_;
    };
    const Reading reading(*this);
    const std::shared_ptr<const Settings> settings = live_().settings;
    const WallTime now = clock_.wall_now();
    std::function<Result<LedgerMetrics>(const LedgerReader&)> question = [settings, now](const LedgerReader& reader) {
        return read_ledger_metrics(reader, *settings, now);
    };
    auto answer = co_await ledger_.ask(std::move(question));
    cached_ = answer ? std::make_shared<const LedgerMetrics>(std::move(*answer)) : nullptr;
    cached_at_ = clock_.steady_now();
    co_return cached_;
}

Task<WebReply> Pages::metrics() {
    const auto from_ledger = co_await ledger_metrics();
    WebReply reply;
    reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    reply.body = render_metrics(live_(), from_ledger.get());
    co_return reply;
}

Task<WebReply> Pages::status() {
    const auto from_ledger = co_await ledger_metrics();
    if (!from_ledger) co_return plain(503, "the ledger cannot be read; the log says why");
    boost::json::object report = status_json(from_ledger->targets);
    report["sources"] = sources_json(from_ledger->sources);
    add_alarms(report, from_ledger->alarms);
    co_return json_reply(report);
}

Task<WebReply> Pages::runs() {
    std::function<Result<std::vector<RunRecord>>(const LedgerReader&)> question = [](const LedgerReader& reader) {
        RunFilter filter;
        filter.limit = api_rows_max;
        return reader.runs(filter);
    };
    const auto found = co_await ledger_.ask(std::move(question));
    if (!found) co_return cannot_read(found.error());
    co_return json_reply(json_list(*found, run_json));
}

Task<WebReply> Pages::artifacts() {
    std::function<Result<std::vector<ArtifactRecord>>(const LedgerReader&)> question = [](const LedgerReader& reader) {
        ArtifactFilter filter;
        filter.limit = api_rows_max;
        return reader.artifacts(filter);
    };
    const auto found = co_await ledger_.ask(std::move(question));
    if (!found) co_return cannot_read(found.error());
    co_return json_reply(json_list(*found, artifact_json));
}

Task<WebReply> Pages::targets() {
    const std::shared_ptr<const Settings> settings = live_().settings;
    const WallTime now = clock_.wall_now();
    std::function<Result<std::vector<InventoryEntry>>(const LedgerReader&)> question =
        [settings, now](const LedgerReader& reader) { return read_inventory(reader, *settings, "", now); };
    const auto found = co_await ledger_.ask(std::move(question));
    if (!found) co_return cannot_read(found.error());
    co_return json_reply(json_list(*found, inventory_json));
}

Task<WebReply> Pages::leftovers() {
    std::function<Result<std::vector<LeftoverRecord>>(const LedgerReader&)> question = [](const LedgerReader& reader) {
        return reader.leftovers("");
    };
    const auto found = co_await ledger_.ask(std::move(question));
    if (!found) co_return cannot_read(found.error());
    const std::shared_ptr<const Settings> settings = live_().settings;
    co_return json_reply(json_list(*found, [&](const LeftoverRecord& leftover) {
        return leftover_json(leftover, expires_at(settings->sources, leftover));
    }));
}

Task<WebReply> Pages::gaps() {
    const std::shared_ptr<const Settings> settings = live_().settings;
    const WallTime now = clock_.wall_now();
    std::function<Result<std::vector<TargetCoverage>>(const LedgerReader&)> question =
        [settings, now](const LedgerReader& reader) { return read_coverage(reader, *settings, now); };
    const auto found = co_await ledger_.ask(std::move(question));
    if (!found) co_return cannot_read(found.error());
    boost::json::array spans = coverage_json(*found, false);
    if (spans.size() > api_rows_max) spans.resize(api_rows_max);
    co_return json_reply(spans);
}

}  // namespace garner
