#include "connectors/tulip.hpp"

#include <algorithm>
#include <array>

#include "connectors/json.hpp"
#include "connectors/reply_check.hpp"
#include "connectors/vendor_id.hpp"
#include "core/base64.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

// `complete` is the only word that any document prints. These are the words by which a job that ended badly would be
// recognised; anything else counts as running until the deadline. [assumption]
constexpr std::array<std::string_view, 8> bad_ends{"failed",   "error",   "errored", "cancelled",
                                                   "canceled", "aborted", "expired", "timeout"};
// Words that vendors use for running; unknown to the documents too, but no surprise. [assumption]
constexpr std::array<std::string_view, 6> running_words{"pending",    "queued",      "running",
                                                        "processing", "in_progress", "started"};

class TulipConnector final : public Connector {
public:
    TulipConnector(const SourceSettings& settings, HttpClient& http)
        : http_(http), vendor_(std::get<TulipSettings>(settings.vendor)) {
        base_ = settings.http.base_url;
        while (base_.ends_with('/')) base_.pop_back();
        base_ += "/api/v3";
        // An account-level token needs the workspace in the path, a workspace-level token must not have it.
        if (!vendor_.workspace.empty()) base_ += "/w/" + path_segment(vendor_.workspace);
        token_ = Secret(base64_encode(vendor_.username + ":" + vendor_.password.reveal()));
        authorization_ = Secret("Basic " + token_.reveal());
    }

    ArtifactFormat format() const override { return ArtifactFormat::csv; }
    std::string turn_key(const Target& target) const override { return base_ + "/machines/" + target.id; }

    // GET /machines, scope machines:read: an array of machine types, each with its machines. No paging is documented.
    Task<Result<std::vector<Target>>> list_targets() override {
        const std::string operation = "list machines";
        HttpRequest request = make_request("GET", "/machines");
        request.reply_bytes_max = 64 * 1024 * 1024;
        const auto reply = co_await http_.exchange(request);
        if (!reply) co_return reply.error().during(operation);
        if (const auto ok = check(operation, *reply, Sent::question, "machines:read"); !ok) co_return ok.error();
        co_return parse_machines(reply->body);
    }

    // What a token may do is not told by any call: listing has proved machines:read.
    Task<Result<std::string>> check_access(const Target&) override { co_return std::string(); }

    // POST /machines/archive/{id}, scope machines:write, no body. 200 with the job's id; the status may already be
    // `complete`, but the file's address comes only by polling.
    Task<Result<std::string>> start(const Target& target, const ExportRequest&) override {
        const std::string operation = "start an archive of machine " + printable(target.name, 80);
        HttpRequest request = make_request("POST", "/machines/archive/" + path_segment(target.id));
        request.headers.emplace_back("Content-Type", "application/json");
        const auto reply = co_await http_.exchange(request);
        if (!reply) co_return reply.error().during(operation);
        if (const auto ok = check(operation, *reply, Sent::start, "machines:write"); !ok) co_return ok.error();
        const auto json = parse(reply->body);
        auto id = json ? string_member(*json, "id", "") : Result<std::string>(json.error());
        // Something was started, perhaps, and its id is lost: that is not to be repeated blindly.
        if (!id) co_return Failure(FailureKind::uncertain, operation + ": " + id.error().what);
        if (!is_usable_id(*id))
            co_return Failure(FailureKind::uncertain,
                              operation + ": the vendor's job id is no id: '" + shown(*id, 80) + "'");
        co_return id;
    }

    // GET /machines/archive/csv/{job}, scope machines:read. Each answer signs the file's address afresh.
    Task<Result<Progress>> poll(const Target&, const std::string& remote_job) override {
        const std::string operation = "poll archive job " + printable(remote_job, 80);
        const HttpRequest request = make_request("GET", "/machines/archive/csv/" + path_segment(remote_job));
        const auto reply = co_await http_.exchange(request);
        if (!reply) co_return reply.error().during(operation);
        if (reply->head.status == 404 || reply->head.status == 410) {
            Failure gone = check(operation, *reply, Sent::question, "machines:read").error();
            gone.kind = FailureKind::gone;
            co_return gone;
        }
        if (const auto ok = check(operation, *reply, Sent::question, "machines:read"); !ok) co_return ok.error();
        auto progress = parse_progress(reply->body, remote_job);
        if (!progress) co_return progress.error().during(operation);
        co_return progress;
    }

    // No call is known that deletes an archive: Tulip keeps or removes it as it likes.
    Task<Result<void>> discard(const Target&, const std::string&) override { co_return Result<void>(); }

private:
    HttpRequest make_request(std::string method, const std::string& path) const {
        HttpRequest request(std::move(method), base_ + path);
        request.authorization = authorization_;
        request.headers.emplace_back("Accept", "application/json");
        return request;
    }

    // Vendors echo what they were sent, as it was or as they read it.
    std::string cleaned(std::string text) const {
        return without_secret(without_secret(std::move(text), vendor_.password), token_);
    }
    // Cleaned first: half a secret behind a cut would not be found.
    std::string shown(const std::string& text, std::size_t bytes_max) const {
        return printable(cleaned(text), bytes_max);
    }

    // An error quotes the body.
    Result<boost::json::value> parse(const std::string& body) const {
        auto json = parse_json(body);
        if (json) return json;
        const auto quoted = parse_json(cleaned(body));
        return quoted ? Failure(FailureKind::corrupt, "broken JSON") : quoted.error();
    }

    // Error bodies: {errorCode, errorUniqueID, details}.
    VendorError vendor_error(const HttpReply& reply) const {
        VendorError error;
        const auto json = parse(reply.body);
        if (!json || !json->is_object()) return error;
        const auto words = [&](std::string_view key) {
            const auto text = optional_string_member(*json, key, "");
            return text ? shown(*text, 200) : std::string();
        };
        const std::string code = words("errorCode");
        const std::string details = words("details");
        error.text = code.empty() || details.empty() ? code + details : code + ": " + details;
        error.id = words("errorUniqueID");
        return error;
    }

    Result<void> check(const std::string& operation, const HttpReply& reply, Sent sent, std::string_view scope) const {
        HttpReply clean = reply;
        clean.body = cleaned(std::move(clean.body));
        auto checked = check_reply(operation, clean, sent, vendor_error(reply));
        if (checked) return checked;
        Failure failure = checked.error();
        if (failure.http_status == 401)
            failure.what += "; Tulip does not accept this API token: put a valid one into the source's `basic_auth`";
        if (failure.http_status == 403)
            failure.what +=
                "; the API token needs the scope " + std::string(scope) +
                (vendor_.workspace.empty() ? " (an account-level token also needs the source's `workspace`)" : "");
        if (failure.http_status == 404) failure.what += "; does it exist, and is it in this token's workspace?";
        return failure;
    }

    Result<std::vector<Target>> parse_machines(const std::string& body) const {
        const auto json = parse(body);
        if (!json) return json.error().during("list machines");
        const auto types = array_of(*json, "");
        if (!types) return types.error().during("list machines");
        std::vector<Target> targets;
        for (std::size_t t = 0; t < (*types)->size(); ++t) {
            const std::string where = "/" + std::to_string(t);
            const auto* type = (**types)[t].if_object();
            const auto* machines = type == nullptr ? nullptr : type->if_contains("machines");
            if (machines == nullptr)
                return Failure(FailureKind::corrupt,
                               "list machines: unexpected JSON at " + where + "/machines: an array is missing");
            const auto list = array_of(*machines, where + "/machines");
            if (!list) return list.error().during("list machines");
            for (std::size_t m = 0; m < (*list)->size(); ++m) {
                const std::string place = where + "/machines/" + std::to_string(m);
                auto id = string_member((**list)[m], "id", place);
                if (!id) return id.error().during("list machines");
                auto name = optional_string_member((**list)[m], "name", place);
                if (!name) return name.error().during("list machines");
                if (!is_usable_id(*id))
                    return Failure(FailureKind::corrupt,
                                   "list machines: " + place + "/id is no id: '" + shown(*id, 80) + "'");
                targets.push_back({*id, name->empty() ? *id : *name});
            }
        }
        return targets;
    }

    Result<Progress> parse_progress(const std::string& body, const std::string& remote_job) const {
        const auto json = parse(body);
        if (!json) return json.error();
        const auto status = string_member(*json, "status", "");
        if (!status) return status.error();
        const auto id = optional_string_member(*json, "id", "");
        if (!id) return id.error();
        if (!id->empty() && *id != remote_job)
            return Failure(FailureKind::corrupt, "the answer is about another job, " + shown(*id, 80));
        const auto resource = optional_string_member(*json, "resource", "");
        if (!resource) return resource.error();

        const std::string word = to_lower_ascii(trim_ascii(*status));
        if (word == "complete" || word == "completed") {
            if (resource->empty()) return Progress(Pending{"complete", true, true});
            return Progress(Ready{HttpRequest("GET", *resource)});
        }
        if (std::find(bad_ends.begin(), bad_ends.end(), word) != bad_ends.end())
            return Failure(FailureKind::gone, "Tulip says that the job ended as '" + shown(*status, 80) + "'");
        const bool known = std::find(running_words.begin(), running_words.end(), word) != running_words.end();
        return Progress(Pending{shown(*status, 80), known, false});
    }

    HttpClient& http_;
    TulipSettings vendor_;
    std::string base_;
    Secret token_;  ///< the credential as it is sent, without the scheme
    Secret authorization_;
};

}  // namespace

std::unique_ptr<Connector> make_tulip_connector(const SourceSettings& settings, ConnectorTools tools) {
    return std::make_unique<TulipConnector>(settings, tools.http);
}

}  // namespace garner
