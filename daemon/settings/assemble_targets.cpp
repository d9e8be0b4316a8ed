#include "settings/assemble_targets.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/text.hpp"
#include "settings/assemble_export.hpp"
#include "settings/schema.hpp"

namespace garner {
namespace {

struct VendorKeys {
    SourceType type;
    std::string_view vendor;
    std::string_view targets;
    std::string_view options;  ///< empty: the vendor takes none
};
constexpr std::array<VendorKeys, 3> vendor_keys{{{SourceType::tulip, "Tulip", "machines", ""},
                                                 {SourceType::servitly, "Servitly", "tenants", "export"},
                                                 {SourceType::appgate, "Appgate", "appliances", "backup"}}};

const VendorKeys& keys_of(SourceType type) {
    return *std::find_if(vendor_keys.begin(), vendor_keys.end(), [&](const VendorKeys& v) { return v.type == type; });
}

std::string doc_of_job_key(std::string_view name) {
    for (const Key& top : configuration_schema().keys) {
        if (top.name != "jobs") continue;
        for (const Key& key : top.section->keys)
            if (key.name == name) return std::string(key.doc);
    }
    return "";
}

// One complaint a job: a target key of another vendor already says what is missing.
void check_keys(const Checked& job, const SourceSettings& source, Report& report) {
    const VendorKeys& own = keys_of(source.type);
    bool is_told = job.find(own.targets) != nullptr || job.is_broken(own.targets);
    for (const VendorKeys& other : vendor_keys) {
        if (other.type == own.type) continue;
        const std::string is_foreign = "is for jobs of " + std::string(other.vendor) + " sources; '" + source.name +
                                       "' is of type " + std::string(to_string(source.type)) + ", ";
        if (const Checked* targets = job.find(other.targets)) {
            report.error(targets->key_place, targets->path,
                         is_foreign + "whose targets are named under '" + std::string(own.targets) + "'");
            is_told = true;
        }
        is_told = is_told || job.is_broken(other.targets);
        const Checked* options = other.options.empty() ? nullptr : job.find(other.options);
        if (options != nullptr)
            report.error(
                options->key_place, options->path,
                is_foreign + (own.options.empty() ? "which takes no options"
                                                  : "whose options are under '" + std::string(own.options) + "'"));
    }
    if (!is_told)
        report.error(job.key_place, job.path + "." + std::string(own.targets),
                     "is missing: " + doc_of_job_key(own.targets));
}

bool takes(std::string_view word, std::string_view tenant) {
    if (word.starts_with("id:")) return word.substr(3) == tenant;
    return is_glob(word) ? glob_matches(word, tenant) : word == tenant;
}

// The tenants are all in the configuration, so a word that takes none of them is known to be wrong before it is due.
void check_tenant_words(const Checked& words, const SourceSettings& source, Report& report) {
    std::vector<std::string_view> names;
    for (const auto& [name, tenant] : std::get<ServitlySettings>(source.vendor).tenants) names.push_back(name);
    for (const Checked& word : words.parts) {
        const std::string& text = word.text();
        if (std::any_of(names.begin(), names.end(), [&](auto name) { return takes(text, name); })) continue;
        const std::string which = "source '" + source.name + "'";
        if (is_glob(text) && !text.starts_with("id:")) {
            report.warning(word.place, word.path, "takes no tenant of " + which);
            continue;
        }
        const std::string meant = near_miss(text.starts_with("id:") ? text.substr(3) : text, names);
        report.error(
            word.place, word.path,
            which + " has no tenant '" + printable(text, 64) + "'" +
                (meant.empty() ? "; it has: " + printable(join_words(names)) : ", did you mean '" + meant + "'?"));
    }
}

}  // namespace

void assemble_targets(const Checked& keys, const SourceSettings& source, JobSettings& job, Report& report) {
    check_keys(keys, source, report);
    if (const Checked* targets = keys.find(keys_of(source.type).targets)) {
        job.targets.include = {"*"};
        targets->read("include", job.targets.include);
        targets->read("exclude", job.targets.exclude);
        targets->read("tags", job.targets.tags);
        targets->read("functions", job.targets.functions);
        const bool has_tenants =
            source.type == SourceType::servitly && !std::get<ServitlySettings>(source.vendor).tenants.empty();
        if (has_tenants)
            for (const char* list : {"include", "exclude"})
                if (const Checked* words = targets->find(list)) check_tenant_words(*words, source, report);
    }
    if (source.type == SourceType::servitly) assemble_export(keys, job, report);
    if (source.type == SourceType::appgate) {
        AppgateBackup options;
        if (const Checked* backup = keys.find("backup")) {
            backup->read("logs", options.logs);
            backup->read("audit", options.audit);
        }
        job.options = options;
    }
}

}  // namespace garner
