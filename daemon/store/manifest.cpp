// The manifest beside an artifact: what somebody needs who has the file and nothing else. docs/ARCHITECTURE.md has the
// format.
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>

#include "core/text.hpp"
#include "store/artifact_store.hpp"

namespace garner {
namespace {

namespace json = boost::json;

constexpr std::string_view accepted_member = R"(,"accepted":)";

json::value time_or_null(const std::optional<WallTime>& t) {
    return t ? json::value(format_rfc3339(*t)) : json::value(nullptr);
}

// Reads members of one object; the first thing that is wrong is kept.
class Members {
public:
    Members(const json::object& object, std::string where, std::string& error)
        : object_(object), where_(std::move(where)), error_(error) {}

    std::string text(std::string_view key) {
        const auto* member = find(key);
        if (member == nullptr) return {};
        if (member->is_string()) return std::string(member->as_string());
        return wrong(key, "a string");
    }
    std::optional<std::string> optional_text(std::string_view key) {
        const auto* member = find(key);
        if (member == nullptr || member->is_null()) return std::nullopt;
        return text(key);
    }
    WallTime time(std::string_view key) {
        const auto t = parse_rfc3339(text(key));
        if (!t) wrong(key, "an RFC 3339 time");
        return t.value_or(WallTime{});
    }
    std::optional<WallTime> optional_time(std::string_view key) {
        const auto* member = find(key);
        if (member == nullptr || member->is_null()) return std::nullopt;
        return time(key);
    }
    std::optional<std::uint64_t> optional_number(std::string_view key) {
        const auto* member = object_.if_contains(key);
        if (member == nullptr || member->is_null()) return std::nullopt;
        return number(key);
    }
    std::uint64_t number(std::string_view key) {
        const auto* member = find(key);
        if (member == nullptr) return 0;
        if (member->is_uint64()) return member->as_uint64();
        if (member->is_int64() && member->as_int64() >= 0) return static_cast<std::uint64_t>(member->as_int64());
        wrong(key, "a whole number");
        return 0;
    }
    const json::object* object(std::string_view key) {
        const auto* member = find(key);
        if (member == nullptr || member->is_null()) return nullptr;
        if (member->is_object()) return &member->as_object();
        wrong(key, "an object");
        return nullptr;
    }
    std::vector<std::string> texts(std::string_view key) {
        std::vector<std::string> list;
        const auto* member = find(key);
        if (member == nullptr) return list;
        if (!member->is_array()) {
            wrong(key, "a list");
            return list;
        }
        for (const json::value& item : member->as_array()) {
            if (item.is_string())
                list.emplace_back(item.as_string());
            else
                wrong(key, "a list of strings");
        }
        return list;
    }
    std::string wrong(std::string_view key, std::string_view expected) {
        if (error_.empty()) error_ = where_ + "/" + std::string(key) + ": " + std::string(expected) + " was expected";
        return {};
    }

private:
    const json::value* find(std::string_view key) {
        const auto* member = object_.if_contains(key);
        if (member == nullptr) wrong(key, "a member");
        return member;
    }

    const json::object& object_;
    std::string where_;
    std::string& error_;
};

}  // namespace

std::string to_json(const Manifest& manifest) {
    const ArtifactRecord& a = manifest.artifact;
    json::object o;
    o["format"] = 1;
    o["artifact"] = a.id;
    o["run"] = a.run;
    o["job"] = a.job;
    o["source"] = a.source;
    o["source_type"] = manifest.source_type;
    o["target"] = json::object{{"id", a.target.id}, {"name", a.target.name}};
    o["scheduled_at"] = format_rfc3339(a.scheduled_at);
    if (a.window)
        o["window"] = json::object{{"start", format_rfc3339(a.window->start)}, {"end", format_rfc3339(a.window->end)}};
    else
        o["window"] = nullptr;
    o["remote_job"] = a.remote_job;
    o["store"] = a.store;
    o["path"] = a.path;
    o["size"] = a.size;
    o["sha256"] = a.sha256;
    o["media_type"] = a.media_type;
    o["probe"] = a.probe;
    o["rows"] = a.rows ? json::value(*a.rows) : json::value(nullptr);
    o["verdict"] = to_string(a.acceptance ? Verdict::suspect : a.verdict);
    json::array reasons;
    for (const std::string& reason : a.reasons) reasons.emplace_back(reason);
    o["reasons"] = std::move(reasons);
    o["times"] = json::object{{"started", time_or_null(manifest.started_at)},
                              {"downloaded", time_or_null(manifest.downloaded_at)},
                              {"stored", format_rfc3339(a.stored_at)}};
    o["garner_version"] = manifest.garner_version;
    if (manifest.previous_manifest_sha256)
        o["previous_manifest_sha256"] = *manifest.previous_manifest_sha256;
    else
        o["previous_manifest_sha256"] = nullptr;
    const std::string text = json::serialize(o) + "\n";
    return a.acceptance ? with_acceptance(text, *a.acceptance) : text;
}

std::string as_published(std::string_view text) {
    // Inside of a string the quotes would be escaped.
    const std::size_t at = text.rfind(accepted_member);
    return at == std::string_view::npos ? std::string(text) : std::string(text.substr(0, at)) + "}\n";
}

std::string with_acceptance(std::string_view text, const Acceptance& acceptance) {
    std::string whole = as_published(text);
    whole.resize(whole.rfind('}'));
    const json::object said{
        {"at", format_rfc3339(acceptance.at)}, {"by", acceptance.who}, {"reason", acceptance.reason}};
    return whole + std::string(accepted_member) + json::serialize(said) + "}\n";
}

Result<Manifest> parse_manifest(std::string_view text) {
    const auto broken = [](const std::string& why) {
        return Failure(FailureKind::corrupt, "not a manifest of garner: " + why);
    };
    if (text.size() > manifest_bytes_max) return broken("it is larger than " + format_size(manifest_bytes_max));
    json::parse_options options;
    options.max_depth = 8;
    json::stream_parser parser({}, options);
    boost::system::error_code error;
    const std::size_t read = parser.write_some(text.data(), text.size(), error);
    if (error) return broken("broken JSON at byte " + std::to_string(read) + " (" + error.message() + ")");
    if (!parser.done() || !trim_ascii(text.substr(read)).empty())
        return broken("it is cut off, or something follows it");
    const json::value document = parser.release();
    if (!document.is_object()) return broken("an object was expected");

    std::string wrong;
    Members m(document.as_object(), "", wrong);
    const std::uint64_t format = m.number("format");
    if (wrong.empty() && format != 1)
        return broken("format " + std::to_string(format) + ", this version of garner reads format 1; use a newer one");
    Manifest manifest;
    ArtifactRecord& a = manifest.artifact;
    a.id = m.text("artifact");
    a.run = m.text("run");
    a.job = m.text("job");
    a.source = m.text("source");
    manifest.source_type = m.text("source_type");
    if (const auto* target = m.object("target")) {
        Members t(*target, "/target", wrong);
        a.target.id = t.text("id");
        a.target.name = t.text("name");
    } else {
        m.wrong("target", "an object");
    }
    a.scheduled_at = m.time("scheduled_at");
    if (const auto* window = m.object("window")) {
        Members w(*window, "/window", wrong);
        a.window = Window{w.time("start"), w.time("end")};
    }
    a.remote_job = m.text("remote_job");
    a.store = m.text("store");
    a.path = m.text("path");
    a.size = m.number("size");
    a.sha256 = m.text("sha256");
    if (a.sha256.size() != 64 || a.sha256.find_first_not_of("0123456789abcdef") != std::string::npos)
        m.wrong("sha256", "64 characters of lower-case hex");
    a.media_type = m.text("media_type");
    a.probe = m.text("probe");
    const auto verdict = parse_verdict(m.text("verdict"));
    if (!verdict) m.wrong("verdict", "`verified` or `suspect`");
    a.verdict = verdict.value_or(Verdict::suspect);
    a.rows = m.optional_number("rows");
    a.reasons = m.texts("reasons");
    if (document.as_object().contains("accepted")) {
        if (const auto* accepted = m.object("accepted")) {
            Members by(*accepted, "/accepted", wrong);
            a.acceptance = Acceptance{by.time("at"), by.text("by"), by.text("reason")};
            a.verdict = Verdict::verified;
        } else {
            m.wrong("accepted", "an object");
        }
    }
    if (const auto* times = m.object("times")) {
        Members t(*times, "/times", wrong);
        manifest.started_at = t.optional_time("started");
        manifest.downloaded_at = t.optional_time("downloaded");
        a.stored_at = t.time("stored");
    } else {
        m.wrong("times", "an object");
    }
    manifest.garner_version = m.text("garner_version");
    manifest.previous_manifest_sha256 = m.optional_text("previous_manifest_sha256");
    if (!wrong.empty()) return broken(printable(wrong));
    a.manifest_sha256 = Sha256::of(as_published(text));
    return manifest;
}

}  // namespace garner
