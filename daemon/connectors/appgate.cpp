#include "connectors/appgate.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/appgate_api.hpp"
#include "connectors/appgate_json.hpp"
#include "connectors/json.hpp"
#include "connectors/vendor_id.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::size_t page_size = 100;
constexpr int pages_max = 1000;
constexpr std::size_t list_bytes_max = 64 * 1024 * 1024;  // some kilobytes an appliance, and `range` may be ignored
constexpr std::size_t output_bytes_max = 400;
constexpr Duration status_is_news{60'000};

constexpr int first_version_with_notify_url = 16;
constexpr int first_version_with_range = 20;

// The exact minimum is not documented. [assumption]
constexpr std::string_view privilege_to_view = "View on Appliance";
constexpr std::string_view privilege_to_back_up = "Backup on Appliance";
constexpr std::string_view privilege_to_read_settings = "View on GlobalSetting";

constexpr std::string_view backup_api_is_disabled =
    "the backup API is disabled: enable it and set a passphrase (in the admin console's global settings, or "
    "`sdpctl appliance backup api`)";

std::string appliance_path(const Target& target) { return "/appliances/" + path_segment(target.id); }

std::string backup_path(const Target& target, const std::string& backup) {
    return appliance_path(target) + "/backup/" + path_segment(backup);
}

std::string named(const Target& target) { return "appliance " + printable(target.name, 80); }

// Of a command's output the end says why.
std::string end_of(const std::string& text) {
    const std::string_view trimmed = trim_ascii(text);
    if (trimmed.size() <= output_bytes_max) return std::string(trimmed);
    std::size_t from = trimmed.size() - output_bytes_max;
    while (from < trimmed.size() && (static_cast<unsigned char>(trimmed[from]) & 0xC0) == 0x80) ++from;
    return "..." + std::string(trimmed.substr(from));
}

class AppgateConnector final : public Connector {
public:
    AppgateConnector(const SourceSettings& settings, const ConnectorTools& tools)
        : api_(settings, tools), clock_(tools.clock) {}

    ArtifactFormat format() const override { return ArtifactFormat::openpgp; }
    bool needs_discard() const override { return true; }
    std::string turn_key(const Target& target) const override { return api_.base() + "/appliances/" + target.id; }

    // GET /appliances, in pages. The vendor's own filters match by inclusion, so everything is listed and chosen here.
    Task<Result<std::vector<Target>>> list_targets() override {
        const std::string operation = "list appliances";
        std::vector<Target> targets;
        std::set<std::string> seen;
        std::size_t received = 0;
        for (int pages = 0; pages < pages_max; ++pages) {
            const std::string path = "/appliances?orderBy=name&range=" + std::to_string(received) + "-" +
                                     std::to_string(received + page_size - 1);
            const auto page = co_await list_page(path);
            if (!page) co_return page.error().during(operation);
            const std::size_t before = seen.size();
            for (const auto& appliance : page->appliances) {
                // One that was never activated has never run: there is nothing to back up, and it answers nothing.
                if (seen.insert(appliance.target.id).second && appliance.activated) targets.push_back(appliance.target);
            }
            received += page->appliances.size();
            // A total below what came is none (the vendor's own test data has such).
            const bool total_is_told = page->total && *page->total >= received;
            if (total_is_told ? *page->total == received : page->appliances.size() < page_size) co_return targets;
            if (seen.size() > before) continue;
            if (total_is_told && *page->total > seen.size() && !page->appliances.empty())
                co_return Failure(FailureKind::corrupt, operation + ": the controller gives the same " +
                                                            std::to_string(page->appliances.size()) +
                                                            " again and again, and says that there are " +
                                                            std::to_string(*page->total));
            co_return targets;
        }
        co_return Failure(FailureKind::corrupt,
                          operation + ": no end after " + std::to_string(pages_max) + " pages of the list");
    }

    Task<Result<std::string>> check_access(const Target&) override {
        const std::string operation = "ask whether the backup API is enabled";
        const auto enabled = co_await ask_backup_api_enabled();
        if (!enabled && enabled.error().http_status == 403)
            co_return std::string("whether the backup API is enabled cannot be told: that needs the privilege ") +
                std::string(privilege_to_read_settings);
        if (!enabled) co_return enabled.error().during(operation);
        if (!*enabled) co_return std::string("the controller does not say whether the backup API is enabled");
        if (!**enabled)
            co_return Failure(FailureKind::rejected, operation + ": " + std::string(backup_api_is_disabled));
        co_return std::string();
    }

    // Logged in, and the controller does not call the appliance offline.
    Task<Result<void>> prepare_start(const Target& target) override {
        const std::string operation = "start a backup of " + named(target);
        const auto word = co_await offline_word(target.id);
        if (!word) co_return word.error().during(operation);
        if (word->empty()) co_return Result<void>();
        co_return Failure(FailureKind::gone, operation + ": the appliance is offline ('" + *word +
                                                 "' by the controller's word): it answers nothing, so nothing was "
                                                 "started; check its connection to the controller");
    }

    // POST /appliances/{id}/backup: 202, up to v19 200. A 401 or 406 has started nothing, so a repeat is safe.
    Task<Result<std::string>> start(const Target& target, const ExportRequest& request) override {
        const std::string operation = "start a backup of " + named(target);
        const auto reachable = co_await prepare_start(target);
        if (!reachable) co_return reachable.error();
        const auto* asked = std::get_if<AppgateBackup>(&request.options);
        const AppgateBackup options = asked == nullptr ? AppgateBackup() : *asked;
        const AppgateApi::Build build = [&] {
            HttpRequest made = api_.request("POST", appliance_path(target) + "/backup");
            made.headers.emplace_back("Content-Type", "application/json");
            boost::json::object body{{"logs", options.logs}, {"audit", options.audit}};
            if (!request.notify_url.empty() && api_.version() >= first_version_with_notify_url)
                body["notifyUrl"] = request.notify_url;
            made.body = boost::json::serialize(body);
            return made;
        };
        const auto reply = co_await api_.call(build);
        if (!reply) co_return reply.error().during(operation);
        if (const auto ok = api_.check(operation, *reply, Sent::start, privilege_to_back_up); !ok) {
            if (reply->head.status != 503) co_return ok.error();
            const Failure unavailable = ok.error();
            co_return co_await explained(unavailable, operation);
        }
        const auto json = api_.parse(reply->body);
        auto id = json ? string_member(*json, "id", "") : Result<std::string>(json.error());
        // Something was started, perhaps, and its id is lost: that is not to be repeated blindly.
        if (!id) co_return Failure(FailureKind::uncertain, operation + ": " + id.error().what);
        if (!is_usable_id(*id))
            co_return Failure(FailureKind::uncertain,
                              operation + ": the backup's id is no id: '" + api_.shown(*id, 80) + "'");
        co_return id;
    }

    // GET .../backup/{backup}/status. A backup cannot be cancelled; one that is unknown will not come back.
    Task<Result<Progress>> poll(const Target& target, const std::string& remote_job) override {
        const std::string operation = "poll backup " + printable(remote_job, 80) + " of " + named(target);
        const AppgateApi::Build build = [&] {
            return api_.request("GET", backup_path(target, remote_job) + "/status");
        };
        const auto reply = co_await api_.call(build);
        if (!reply) co_return reply.error().during(operation);
        if (const auto ok = api_.check(operation, *reply, Sent::question, privilege_to_back_up); !ok) {
            Failure failure = ok.error();
            if (reply->head.status == 404 || reply->head.status == 410) failure.kind = FailureKind::gone;
            co_return failure;
        }
        const auto json = api_.parse(reply->body);
        if (!json) co_return json.error().during(operation);
        const auto status = appgate::read_backup_status(*json);
        if (!status) co_return status.error().during(operation);
        const auto progress = progress_of(*status, target, remote_job);
        if (!progress) co_return progress.error().during(operation);
        co_return progress;
    }

    // DELETE .../backup/{backup}, Accept +gpg: 202, up to v19 204. Its file stays on the appliance's disk until then.
    Task<Result<void>> discard(const Target& target, const std::string& remote_job) override {
        const std::string operation = "delete backup " + printable(remote_job, 80) + " of " + named(target);
        const AppgateApi::Build build = [&] {
            return api_.request("DELETE", backup_path(target, remote_job), AppgateApi::Media::gpg);
        };
        const auto reply = co_await api_.call(build);
        if (!reply) co_return reply.error().during(operation);
        if (reply->head.status == 404 || reply->head.status == 410) co_return Result<void>();
        co_return api_.check(operation, *reply, Sent::question, privilege_to_back_up);
    }

private:
    Task<Result<HttpReply>> get(const std::string& path) {
        const AppgateApi::Build build = [&] {
            HttpRequest made = api_.request("GET", path);
            made.reply_bytes_max = list_bytes_max;
            return made;
        };
        co_return co_await api_.call(build);
    }

    Task<Result<appgate::AppliancePage>> list_page(const std::string& path) {
        const std::string operation = "GET /appliances";
        const auto reply = co_await get(path);
        if (!reply) co_return reply.error();
        if (const auto ok = api_.check(operation, *reply, Sent::question, privilege_to_view); !ok) co_return ok.error();
        const auto json = api_.parse(reply->body);
        if (!json) co_return json.error();
        co_return appgate::read_appliances(*json);
    }

    // Nothing: the answer does not say.
    Task<Result<std::optional<bool>>> ask_backup_api_enabled() {
        const std::string operation = "GET /global-settings";
        const std::string path = "/global-settings";
        const auto reply = co_await get(path);
        if (!reply) co_return reply.error().during(operation);
        if (const auto ok = api_.check(operation, *reply, Sent::question, privilege_to_read_settings); !ok)
            co_return ok.error();
        const auto json = api_.parse(reply->body);
        if (!json) co_return json.error().during(operation);
        co_return appgate::read_backup_api_enabled(*json);
    }

    // A 503 to a start is what a disabled backup API answers, and what anything that is unavailable answers.
    Task<Result<std::string>> explained(Failure unavailable, std::string operation) {
        const auto enabled = co_await ask_backup_api_enabled();
        if (enabled && *enabled && **enabled) co_return unavailable;
        if (enabled && *enabled) {
            Failure disabled(FailureKind::rejected, operation + ": " + std::string(backup_api_is_disabled));
            disabled.http_status = unavailable.http_status;
            co_return disabled;
        }
        if (!enabled && enabled.error().login_rejected) co_return enabled.error().during(operation);
        unavailable.what +=
            "; either the controller is not available at the moment, or " + std::string(backup_api_is_disabled) +
            "; which of them cannot be told: " + (enabled ? "its global settings do not say" : enabled.error().what);
        // It will not be told a minute later either, and a person may have to do something: a few attempts, not hours.
        const bool stays_unknown = enabled || enabled.error().kind == FailureKind::rejected;
        if (stays_unknown && unavailable.kind == FailureKind::transient && !unavailable.throttled)
            unavailable.kind = FailureKind::gone;
        co_return unavailable;
    }

    // The controller's word for an appliance that it cannot reach; empty when it can, or when that cannot be told. The
    // controller asks every appliance for this, so the answer serves all starts of the next minute.
    Task<Result<std::string>> offline_word(std::string id) {
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        if (!status_turn_) status_turn_ = std::make_shared<Slots>(executor, 1);
        const std::shared_ptr<Slots> turns = status_turn_;
        const Slots::Turn turn = co_await turns->acquire();
        if (!status_known_until_ || clock_.steady_now() >= *status_known_until_) {
            const auto asked = co_await ask_offline();
            if (!asked) co_return asked.error();
            status_known_until_ = clock_.steady_now() + status_is_news;
        }
        const auto found = offline_.find(id);
        co_return found == offline_.end() ? std::string() : found->second;
    }

    // Any trouble with the question is no reason not to start; only a login that fails is.
    Task<Result<void>> ask_offline() {
        offline_.clear();
        for (const char* path_text : {"/appliances/status", "/stats/appliances"}) {  // since v20, and before
            const std::string path = path_text;
            const auto reply = co_await get(path);
            if (!reply && (!api_.logged_in() || reply.error().login_rejected)) co_return reply.error();
            if (!reply) break;
            if (reply->head.status == 404) continue;
            if (reply->head.status < 200 || reply->head.status >= 300) break;
            if (const auto json = api_.parse(reply->body)) offline_ = appgate::read_offline(*json);
            break;
        }
        co_return Result<void>();
    }

    Result<Progress> progress_of(const appgate::BackupStatus& status, const Target& target,
                                 const std::string& remote_job) const {
        const std::string word = to_lower_ascii(trim_ascii(status.status));
        if (word != "done") {
            const std::string state = status.message.empty() ? status.status : status.status + ": " + status.message;
            return Progress(Pending{api_.shown(state, 160), word == "processing", false});
        }
        const std::string result = to_lower_ascii(trim_ascii(status.result));
        if (result.empty() || result == "success") {
            Ready ready{api_.request("GET", backup_path(target, remote_job), AppgateApi::Media::gpg),
                        api_.version() >= first_version_with_range ? RangeUse::always : RangeUse::never};
            return Progress(std::move(ready));
        }
        // "Done" is not "good"; and a result that no document names is none that may count as a backup.
        const std::string output = end_of(api_.cleaned(status.output));
        return Failure(FailureKind::gone,
                       "the appliance says that the backup ended as '" + api_.shown(status.result, 80) + "'" +
                           (output.empty() ? " and not why" : ": " + printable(output, output_bytes_max + 3)));
    }

    AppgateApi api_;
    const Clock& clock_;
    std::shared_ptr<Slots> status_turn_;  ///< made by the first start: it needs the loop
    std::optional<SteadyTime> status_known_until_;
    std::map<std::string, std::string> offline_;  ///< by id, with the controller's word
};

}  // namespace

std::unique_ptr<Connector> make_appgate_connector(const SourceSettings& settings, ConnectorTools tools) {
    return std::make_unique<AppgateConnector>(settings, tools);
}

}  // namespace garner
