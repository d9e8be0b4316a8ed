// What is known after a life of the daemon: the ledger, the store, what the vendors saw, what was said. Gathered from
// the simulated world or from real files and the sandbox's record; the checkers know nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/records.hpp"
#include "ledger/piles.hpp"
#include "ledger/reader.hpp"

namespace garner::checkers {

/// A remote job of ours as its vendor knows it; somebody else's are no evidence.
struct RemoteJob {
    std::string source;  ///< as the configuration calls it
    std::string id;
    std::string target_id;
    WallTime started;
    bool lies_there = false;      ///< on the vendor's disk until somebody deletes it
    bool answer_lost = false;     ///< the client may never have heard its id
    bool brings_nothing = false;  ///< the client was told so: it failed, vanished, was deleted, or its file was offered
    std::string sha256;           ///< of its file; empty: not known
};

struct StoredFile {
    std::uint64_t size = 0;
    std::string sha256;
    std::string text;  ///< of a manifest or marks; empty for others
};

struct Evidence {
    WallTime now;  ///< by the vendors' clock

    // The ledger.
    std::vector<RunRecord> runs;
    std::vector<ArtifactRecord> artifacts;  ///< in their place
    std::vector<ArtifactRecord> away;       ///< in the trash, on their way, or gone
    std::map<std::string, RuleInForce> rules;
    std::vector<LeftoverRecord> leftovers;
    std::vector<TargetStatus> statuses;
    LedgerTotals totals;
    std::map<std::string, std::vector<TimelineEntry>> timelines;  ///< by run

    // The store: by path relative to it; `.staging` and `.trash` too.
    std::string store;
    std::map<std::string, StoredFile> files;
    std::set<std::string> rotten;  ///< artifacts whose bytes the disk changed after they were stored: their paths

    // The vendors.
    std::vector<RemoteJob> remote_jobs;
    std::vector<std::string> complaints;  ///< what no polite client does

    // What was said, and what must not be in it. A page of metrics may be empty: nobody scraped.
    std::string told;
    std::string metrics;
    std::vector<std::string> secrets;
};

/// Reads all of it; empty, or what could not be read.
std::string read_ledger(const Database&, Evidence&);

/// A sentence that says what does not hold; empty when all is well.
using Verdict = std::string;

/// Every checker of a world at rest, in the order of the promises; the first that finds something.
Verdict first_broken(const Evidence&);

// Each in a file of its own.
Verdict artifacts_are_whole(const Evidence&);
Verdict store_holds_nothing_unknown(const Evidence&);
Verdict retention_keeps_its_promises(const Evidence&);
Verdict runs_happen_once(const Evidence&);
Verdict windows_do_not_overlap(const Evidence&);
Verdict vendors_do_not_complain(const Evidence&);
Verdict remote_jobs_are_known(const Evidence&);
Verdict nothing_secret_is_said(const Evidence&);
Verdict metrics_tell_the_truth(const Evidence&);

/// Nothing goes on but runs that were queued less than `young_age` ago or wait for a time that is to come, and nothing
/// lies about.
Verdict nothing_is_open(const Evidence&, Duration young_age);
/// What the disk changed is found out, in a store that is read back by a schedule.
Verdict rot_is_found(const Evidence&);
/// Of a daemon that has had the time to write it.
Verdict marks_are_written(const Evidence&);
/// Each of `targets` targets (at least) has succeeded since then.
Verdict lives_again(const Evidence&, std::size_t targets, WallTime since);

}  // namespace garner::checkers
