// `garner verify`: artifacts read back whole, and with --chain the manifests beside them.
#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>
#include <cmath>
#include <functional>
#include <ostream>
#include <utility>

#include "command/commands.hpp"
#include "command/reading.hpp"
#include "command/run_task.hpp"
#include "command/table.hpp"
#include "command/verify_chain.hpp"
#include "core/report_json.hpp"
#include "core/text.hpp"
#include "platform/real/real_disk.hpp"
#include "platform/real/real_random.hpp"
#include "store/artifact_store.hpp"

namespace garner {
namespace {

// "10%" as 0.1.
Result<double> parse_share(const std::string& text) {
    double percent = 0;
    const char* end = text.data() + text.size();
    const auto [read, error] = std::from_chars(text.data(), end, percent);
    if (error == std::errc() && end - read == 1 && *read == '%' && percent > 0 && percent <= 100) return percent / 100;
    return Failure(FailureKind::rejected, "--sample " + printable(text, 40) +
                                              ": write a share of all artifacts, as 10% (above 0, at most 100)");
}

// So many of them, at least one, each as likely as any other.
std::vector<ArtifactRecord> sample(std::vector<ArtifactRecord> all, double share, Random& random) {
    const auto wanted =
        std::min(all.size(), static_cast<std::size_t>(std::ceil(static_cast<double>(all.size()) * share)));
    for (std::size_t i = 0; i < wanted; ++i) std::swap(all[i], all[i + random.next() % (all.size() - i)]);
    all.resize(wanted);
    return all;
}

Result<std::vector<ArtifactRecord>> chosen(const LedgerReader& reader, const VerifyOptions& options) {
    std::vector<ArtifactRecord> artifacts;
    if (options.all || !options.sample.empty()) {
        auto all = reader.artifacts(ArtifactFilter());
        if (!all || options.all) return all;
        const auto share = parse_share(options.sample);
        if (!share) return share.error();
        RealRandom random;
        return sample(std::move(*all), *share, random);
    }
    for (const std::string& id : options.artifacts) {
        auto found = find_stored_artifact(reader, id);
        if (!found) return found.error();
        artifacts.push_back(std::move(*found));
    }
    return artifacts;
}

// The rows of the answer, whatever was looked at.
class Report {
public:
    void add(const ArtifactRecord& artifact, const Result<ProbeResult>& result) {
        boost::json::object shown;
        shown["artifact"] = artifact.id;
        shown["job"] = artifact.job;
        shown["store"] = artifact.store;
        shown["path"] = json_text(artifact.path);
        shown["ok"] = result.has_value();
        shown["reason"] = json_text(result ? std::string() : result.error().what);
        shown["probe"] = json_text(result ? result->summary : std::string());
        list_.push_back(std::move(shown));
        ++read_;
        bad_ += result ? 0 : 1;
        // Whole is as it was stored; what is said of the format is news only where a probe has become stricter.
        std::string good = "whole";
        if (result && artifact.reasons.empty())
            for (const std::string& reason : result->reasons) good += "; today judged: " + reason;
        table_.add({artifact.id, artifact.job, artifact.target.name, format_size(artifact.size),
                    result ? Cell(good, Tint::good) : Cell(result.error().what, Tint::bad)});
    }

    void add(const ChainReport& chain) {
        for (const CheckedManifest& checked : chain.manifests) {
            boost::json::object shown;
            shown["artifact"] = checked.artifact.empty() ? boost::json::value(nullptr) : json_text(checked.artifact);
            shown["job"] = json_text(checked.job);
            shown["store"] = checked.store;
            shown["path"] = json_text(checked.path);
            shown["ok"] = checked.trouble.empty();
            shown["reason"] = json_text(checked.trouble);
            list_.push_back(std::move(shown));
            if (checked.trouble.empty()) continue;
            ++broken_;
            words_ += checked.store + ": " + printable(checked.path + " " + checked.trouble, 2000) + "\n";
        }
        words_ += std::to_string(chain.manifests.size()) + " manifests in " + std::to_string(chain.chains) +
                  (chain.chains == 1 ? " chain, " : " chains, ") + std::to_string(broken_) + " not as they should be\n";
    }

    CommandExit print(const Invocation& call, bool artifacts) const {
        if (call.json) {
            print_json(call, list_);
        } else {
            if (artifacts && !table_.empty()) table_.print(call.out, call.colour);
            if (artifacts) call.out << read_ << " read back, " << bad_ << " bad\n";
            call.out << words_;
        }
        return bad_ + broken_ == 0 ? CommandExit::fine : CommandExit::bad_news;
    }

private:
    boost::json::array list_;
    Table table_{{"ARTIFACT", "JOB", "TARGET", "SIZE", "RESULT"}};
    std::string words_;
    std::size_t read_ = 0;
    std::size_t bad_ = 0;
    std::size_t broken_ = 0;
};

}  // namespace

CommandExit verify_artifacts(const Invocation& call, const VerifyOptions& options) {
    const int ways = (options.artifacts.empty() ? 0 : 1) + (options.all ? 1 : 0) + (options.sample.empty() ? 0 : 1);
    if (ways > 1 || (ways == 0 && !options.chain))
        return fail(call, "verify: name artifacts, or say --all, or --sample 10%; --chain alone reads manifests only",
                    CommandExit::usage);
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    const auto database = open_ledger(call, *settings);
    if (!database) return CommandExit::bad_news;
    const LedgerReader reader(*database);
    const auto artifacts = chosen(reader, options);
    if (!artifacts) {
        const bool asked_wrongly = artifacts.error().kind == FailureKind::rejected;
        return fail(call, artifacts.error().what, asked_wrongly ? CommandExit::usage : CommandExit::bad_news);
    }

    asio::io_context context;
    RealDisk disk(1);
    Report report;
    for (const ArtifactRecord& artifact : *artifacts) {
        const auto settings_of_store = store_of(*settings, artifact);
        if (!settings_of_store) {
            report.add(artifact, settings_of_store.error());
            continue;
        }
        const auto store = make_local_store(*settings_of_store, disk);
        report.add(artifact, run_task(context, store->verify(artifact)));
    }
    if (options.chain) {
        const auto chain = verify_chain(*settings, reader, [&](const StoreSettings& store) {
            return run_task(context, read_catalogue(disk, store));
        });
        if (!chain) return fail(call, chain.error().what, CommandExit::bad_news);
        report.add(*chain);
    }
    return report.print(call, ways > 0);
}

}  // namespace garner
