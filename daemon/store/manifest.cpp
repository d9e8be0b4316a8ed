// The manifest beside an artifact: what somebody needs who has the file and nothing else. docs/ARCHITECTURE.md has the
// format.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/text.hpp"
#include "store/artifact_store.hpp"
#include "store/json_members.hpp"

namespace garner {
namespace {

namespace json = boost::json;

json::value time_or_null(const std::optional<WallTime>& t) {
    return t ? json::value(format_rfc3339(*t)) : json::value(nullptr);
}

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
    o["verdict"] = to_string(a.verdict);
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
    return json::serialize(o) + "\n";
}

Result<Manifest> parse_manifest(std::string_view text) {
    const auto broken = [](const std::string& why) {
        return Failure(FailureKind::corrupt, "not a manifest of garner: " + why);
    };
    const auto document = parse_document(text);
    if (!document) return broken(document.error().what);
    std::string wrong;
    Members m(*document, "", wrong);
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
    a.manifest_sha256 = Sha256::of(text);
    return manifest;
}

}  // namespace garner
