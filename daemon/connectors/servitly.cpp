#include "connectors/servitly.hpp"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <map>

#include "connectors/json.hpp"
#include "connectors/reply_check.hpp"
#include "connectors/servitly_account.hpp"
#include "connectors/vendor_id.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

// Only one export runs at a time, but neither the status nor the text of the answer to a second one is documented.
// These are the words by which it would be recognised; `busy_words` of the source adds others. [assumption]
constexpr std::array<std::string_view, 10> busy_words{"running", "in progress",  "already",    "another",  "concurrent",
                                                      "pending", "simultaneous", "one export", "only one", "busy"};

// At the beginning of a word: "depending" says nothing of "pending".
bool has_word(std::string_view text, std::string_view word) {
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
        if (at == 0 || text[at - 1] < 'a' || text[at - 1] > 'z') return true;
    return false;
}

void put(boost::json::object& body, std::string_view key, const std::string& value) {
    if (!value.empty()) body[key] = value;
}

// https://api.servitly.com/api -> https://api.servitly.com
std::string origin_of(const std::string& url) {
    const std::size_t host = url.find("://");
    return host == std::string::npos ? url : url.substr(0, url.find('/', host + 3));
}

class ServitlyConnector final : public Connector {
public:
    ServitlyConnector(const SourceSettings& settings, const ConnectorTools& tools)
        : source_(settings.name), vendor_(std::get<ServitlySettings>(settings.vendor)), base_(settings.http.base_url) {
        while (base_.ends_with('/')) base_.pop_back();
        for (const auto& [name, tenant] : vendor_.tenants) {
            ServitlyTenant named = tenant;
            named.name = name;
            accounts_.emplace(std::piecewise_construct, std::forward_as_tuple(name),
                              std::forward_as_tuple(settings, named, tools));
        }
    }

    ArtifactFormat format() const override { return ArtifactFormat::zip_of_csv; }
    bool keeps_name() const override { return true; }
    std::string account_of(const Target& target) const override { return target.id; }
    // Whether the vendor's "one at a time" is of a tenant, a user or a key is not said. [assumption]
    std::string turn_key(const Target& target) const override { return base_ + "/" + target.id; }

    // The configured ones: an account sees its own tenant only.
    bool targets_are_configured() const override { return true; }

    Task<Result<std::vector<Target>>> list_targets() override {
        std::vector<Target> targets;
        for (const auto& [name, account] : accounts_) targets.push_back({name, name});
        co_return targets;
    }

    Task<Result<std::string>> check_access(const Target& target) override {
        const auto account = account_at(target);
        if (!account) co_return account.error();
        const auto logged_in = co_await (*account)->ensure_login();
        if (!logged_in) co_return logged_in.error();
        co_return "logged in to tenant " + printable(target.name, 80) +
            "; whether user and API key both have EXPORT_DATA shows when an export is started";
    }

    Task<Result<void>> prepare_start(const Target& target) override {
        const auto account = account_at(target);
        if (!account) co_return account.error();
        co_return co_await (*account)->ensure_login();
    }

    // POST /data/dataExports: any 2xx, with the export's id.
    Task<Result<std::string>> start(const Target& target, const ExportRequest& asked) override {
        const std::string operation = "start an export of tenant " + printable(target.name, 80);
        const auto account = account_at(target);
        if (!account) co_return account.error().during(operation);
        const auto body = export_body(asked);
        if (!body) co_return body.error().during(operation);
        HttpRequest request = (*account)->make_request("POST", "/data/dataExports", *body);
        const auto reply = co_await (*account)->call(std::move(request), operation);
        if (!reply) co_return reply.error();
        if (const auto ok = (*account)->check(operation, *reply, Sent::start); !ok)
            co_return refused_start(ok.error(), (*account)->message_of(*reply), asked.name);
        const auto json = (*account)->parse(reply->body);
        auto id = json ? string_member(*json, "id", "") : Result<std::string>(json.error());
        // Something was started, perhaps, and its id is lost: that is not to be repeated blindly.
        if (!id) co_return Failure(FailureKind::uncertain, operation + ": " + id.error().what);
        if (!is_usable_id(*id))
            co_return Failure(FailureKind::uncertain,
                              operation + ": the vendor's export id is no id: '" + (*account)->shown(*id, 80) + "'");
        co_return id;
    }

    // GET /data/dataExports/{id}: `url` is there once the state is COMPLETED.
    Task<Result<Progress>> poll(const Target& target, const std::string& remote_job) override {
        const std::string operation =
            "poll export " + printable(remote_job, 80) + " of tenant " + printable(target.name, 80);
        const auto account = account_at(target);
        if (!account) co_return account.error().during(operation);
        HttpRequest request = (*account)->make_request("GET", "/data/dataExports/" + path_segment(remote_job));
        const auto reply = co_await (*account)->call(std::move(request), operation);
        if (!reply) co_return reply.error();
        if (const auto ok = (*account)->check(operation, *reply, Sent::question); !ok) {
            Failure failure = ok.error();
            if (failure.http_status == 404 || failure.http_status == 410) failure.kind = FailureKind::gone;
            co_return failure;
        }
        auto progress = parse_progress(**account, reply->body, remote_job);
        if (!progress) co_return progress.error().during(operation);
        co_return progress;
    }

    // No call is known that deletes an export: Servitly keeps its file for 30 days.
    Task<Result<void>> discard(const Target&, const std::string&) override { co_return Result<void>(); }

private:
    Result<ServitlyAccount*> account_at(const Target& target) {
        const auto found = accounts_.find(target.id);
        if (found != accounts_.end()) return &found->second;
        return Failure(FailureKind::rejected, "sources." + source_ + ".tenants has no '" + printable(target.id, 80) +
                                                  "' (any more): put it back to fetch what it still owes");
    }

    // The members of `extra` first, so that ours win.
    Result<std::string> export_body(const ExportRequest& asked) const {
        boost::json::object body;
        if (const auto* wanted = std::get_if<ServitlyExport>(&asked.options)) {
            if (!wanted->extra.empty()) {
                const auto extra = parse_json(wanted->extra);
                if (!extra || !extra->is_object())
                    return Failure(FailureKind::rejected, "the job's `extra` is no JSON object");
                body = extra->get_object();
            }
            put(body, "thingFileName", wanted->thing_file_name);
            if (wanted->hash_thing_file_name) body["hashThingFileName"] = *wanted->hash_thing_file_name;
            put(body, "customerId", wanted->customer_id);
            put(body, "locationId", wanted->location_id);
            put(body, "thingId", wanted->thing_id);
            if (!wanted->metrics.empty()) {
                auto& metrics = body["qualifiedMetricIds"].emplace_array();
                for (const QualifiedMetric& metric : wanted->metrics) {
                    boost::json::object& one = metrics.emplace_back(boost::json::object()).get_object();
                    put(one, "metricId", metric.metric_id);
                    put(one, "productModelId", metric.product_model_id);
                    put(one, "productModelPartId", metric.product_model_part_id);
                    put(one, "thingDefinitionId", metric.thing_definition_id);
                }
            }
            if (wanted->include_unit) body["includeUnit"] = *wanted->include_unit;
            put(body, "timestampFormat", wanted->timestamp_format);
        }
        put(body, "name", asked.name);
        if (asked.window) {
            body["startTimestamp"] = to_unix_ms(asked.window->start);
            body["endTimestamp"] = to_unix_ms(asked.window->end);
        }
        return boost::json::serialize(body);
    }

    bool speaks_of_another_export(int status, std::string message, const std::string& our_name) const {
        // The vendor may quote the name of our export, which holds the job's name: any word at all.
        if (const std::size_t quoted = our_name.empty() ? std::string::npos : message.find(our_name);
            quoted != std::string::npos)
            message.erase(quoted, our_name.size());
        message = to_lower_ascii(message);
        for (const std::string& word : vendor_.busy_words)
            if (!word.empty() && message.find(to_lower_ascii(word)) != std::string::npos) return true;
        // "Too many concurrent requests" is about requests: the rate limit, not the export.
        if (status == 429 && has_word(message, "request") && !has_word(message, "export")) return false;
        for (const std::string_view word : busy_words)
            if (has_word(message, word)) return true;
        return false;
    }

    Failure refused_start(Failure failure, const std::string& message, const std::string& our_name) const {
        const int status = failure.http_status;
        const bool busy =
            status == 409 || ((status == 400 || status == 429) && speaks_of_another_export(status, message, our_name));
        if (busy) {
            failure.kind = FailureKind::busy;
            failure.throttled = false;
        } else if (status == 400) {
            failure.what +=
                "; if this means that another export is running, put a word of it into `busy_words` of "
                "sources." +
                source_;
        }
        return failure;
    }

    Result<Progress> parse_progress(const ServitlyAccount& account, const std::string& body,
                                    const std::string& remote_job) const {
        const auto json = account.parse(body);
        if (!json) return json.error();
        const auto state = string_member(*json, "state", "");
        if (!state) return state.error();
        const auto id = optional_string_member(*json, "id", "");
        if (!id) return id.error();
        if (!id->empty() && *id != remote_job)
            return Failure(FailureKind::corrupt, "the answer is about another export, " + account.shown(*id, 80));
        const auto url = optional_string_member(*json, "url", "");
        if (!url) return url.error();

        const std::string word = to_lower_ascii(trim_ascii(*state));
        if (word == "completed") {
            if (url->empty()) return Progress(Pending{"COMPLETED", true, true});
            return Progress(Ready{account.make_download(absolute(*url))});
        }
        // ABORTED is what older deployments call it. The bean has no reason.
        if (word == "error" || word == "aborted")
            return Failure(FailureKind::gone,
                           "Servitly says that the export ended as '" + account.shown(*state, 80) + "', not why");
        return Progress(Pending{account.shown(*state, 80), word == "pending", false});
    }

    // Where `url` leads, and whether it is absolute, is not documented. [assumption]
    std::string absolute(const std::string& url) const {
        if (url.starts_with("//")) return base_.substr(0, base_.find("//")) + url;
        return url.starts_with('/') ? origin_of(base_) + url : url;
    }

    std::string source_;
    ServitlySettings vendor_;
    std::string base_;
    std::map<std::string, ServitlyAccount> accounts_;
};

}  // namespace

std::unique_ptr<Connector> make_servitly_connector(const SourceSettings& settings, ConnectorTools tools) {
    return std::make_unique<ServitlyConnector>(settings, tools);
}

}  // namespace garner
