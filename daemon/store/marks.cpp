// What was found out or said of an artifact after it was stored, in a file of its own beside the manifest: that stays
// as it was published, for the next one names its hash.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/report_json.hpp"
#include "core/text.hpp"
#include "store/artifact_store.hpp"
#include "store/json_members.hpp"

namespace garner {

namespace json = boost::json;

std::string marks_json(const ArtifactRecord& artifact) {
    if (!artifact.held && !artifact.acceptance && artifact.damage.empty()) return {};
    json::object o;
    o["format"] = 1;
    o["artifact"] = artifact.id;
    o["held"] = artifact.held;
    o["held_until"] = json_time(artifact.held_until);
    o["accepted"] = nullptr;
    if (const auto& accepted = artifact.acceptance)
        o["accepted"] =
            json::object{{"at", format_rfc3339(accepted->at)}, {"by", accepted->who}, {"reason", accepted->reason}};
    o["damage"] = json_text_or_null(artifact.damage);
    return json::serialize(o) + "\n";
}

Result<void> apply_marks(std::string_view text, ArtifactRecord& artifact) {
    const auto broken = [](const std::string& why) {
        return Failure(FailureKind::corrupt, "not marks of garner: " + why);
    };
    const auto document = parse_document(text);
    if (!document) return broken(document.error().what);
    std::string wrong;
    Members m(*document, "", wrong);
    const std::string id = m.text("artifact");
    const bool held = m.flag("held");
    const auto until = m.optional_time("held_until");
    std::optional<Acceptance> acceptance;
    if (const auto* accepted = m.object("accepted")) {
        Members by(*accepted, "/accepted", wrong);
        acceptance = Acceptance{by.time("at"), by.text("by"), by.text("reason")};
    }
    const std::string damage = m.optional_text("damage").value_or("");
    if (!wrong.empty()) return broken(printable(wrong));
    if (id != artifact.id) return broken("they are of artifact " + printable(id, 40) + ", not of " + artifact.id);
    artifact.held = held;
    artifact.held_until = held ? until : std::nullopt;
    artifact.acceptance = acceptance;
    if (acceptance) artifact.verdict = Verdict::verified;
    if (artifact.damage.empty() && !damage.empty()) {
        artifact.damage = damage;
        artifact.reasons.push_back(damage);
    }
    if (!artifact.damage.empty()) artifact.verdict = Verdict::suspect;
    return {};
}

}  // namespace garner
