// No secret, nor the signature of an address, in what was said, in the ledger, in a metric or in a file's name.
#include "checkers/evidence.hpp"

namespace garner::checkers {
namespace {

bool says_one(const Evidence& evidence, const std::string& text) {
    for (const std::string& secret : evidence.secrets)
        if (text.find(secret) != std::string::npos) return true;
    return text.find("X-Amz-Signature=") != std::string::npos;
}

}  // namespace

Verdict nothing_secret_is_said(const Evidence& evidence) {
    if (says_one(evidence, evidence.told)) return "a secret is in the log";
    if (says_one(evidence, evidence.metrics)) return "a secret is in the metrics";
    for (const auto& [path, file] : evidence.files)
        if (says_one(evidence, path) || says_one(evidence, file.text)) return "a secret is in " + path;
    for (const RunRecord& run : evidence.runs)
        if (says_one(evidence, run.reason)) return "a secret is in the reason of run " + run.id;
    for (const auto& [run, timeline] : evidence.timelines)
        for (const TimelineEntry& entry : timeline)
            if (says_one(evidence, entry.detail)) return "a secret is in the timeline of run " + run;
    for (const LeftoverRecord& leftover : evidence.leftovers)
        if (says_one(evidence, leftover.why)) return "a secret is in leftover " + leftover.id;
    return {};
}

}  // namespace garner::checkers
