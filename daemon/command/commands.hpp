// The commands of `garner`, one file each. Options come checked for form; whether they make sense is each command's
// matter.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "command/invocation.hpp"

namespace garner {

struct CheckOptions {
    bool online = false;
};
CommandExit check(const Invocation&, const CheckOptions&);

/// Reads no configuration.
CommandExit print_schema(const Invocation&);

CommandExit status(const Invocation&);

struct PlanOptions {
    std::string from;    ///< empty: now
    std::string until;   ///< empty: by `length`
    std::string length;  ///< empty: a week
    std::string job;
    std::string target;
    bool each = false;  ///< a line for every target
};
CommandExit plan(const Invocation&, const PlanOptions&);

struct ListOptions {
    std::string job;
    std::string target;
    std::string state;  ///< of a run, or an artifact's verdict
    std::string since;
    bool trash = false;  ///< artifacts: those in the trash instead
    std::size_t limit = 0;
};
CommandExit list_runs(const Invocation&, const ListOptions&);
CommandExit list_artifacts(const Invocation&, const ListOptions&);
CommandExit show_run(const Invocation&, const std::string& run);
CommandExit list_leftovers(const Invocation&);

struct TargetsOptions {
    std::string source;  ///< empty: all
    std::string accept;  ///< the source whose refused list is confirmed; empty: none
};
CommandExit list_targets(const Invocation&, const TargetsOptions&);

struct GapsOptions {
    std::string job;
    std::string target;
    bool all = false;                 ///< also what is archived, closed or open
    std::vector<std::string> close;   ///< JOB TARGET START END, or nothing
    std::vector<std::string> reopen;  ///< the same
    std::string reason;
};
CommandExit list_gaps(const Invocation&, const GapsOptions&);

struct GetOptions {
    std::string artifact;
    std::string output;  ///< empty: the artifact's name in the current directory; "-": standard output
};
CommandExit get_artifact(const Invocation&, const GetOptions&);

struct VerifyOptions {
    std::vector<std::string> artifacts;
    bool all = false;
    std::string sample;  ///< "10%": so many of all, by chance; empty: none
    bool chain = false;
};
CommandExit verify_artifacts(const Invocation&, const VerifyOptions&);

CommandExit rebuild(const Invocation&);

struct RunOptions {
    std::string job;
    std::string target;
    bool wait = false;
};
CommandExit run_job(const Invocation&, const RunOptions&);
CommandExit reload(const Invocation&);

struct HoldOptions {
    std::string artifact;
    std::string reason;
    std::string
        until;  ///< an instant, a local time of the global zone, or a span from now; empty: until it is released
    bool held = true;
};
CommandExit hold_artifact(const Invocation&, const HoldOptions&);
CommandExit restore_trash(const Invocation&, const HoldOptions&);

struct PruneOptions {
    bool dry_run = false;
    bool confirm = false;
};
CommandExit prune(const Invocation&, const PruneOptions&);
struct SimulateOptions {
    std::string length;  ///< empty: a year
    std::string job;     ///< empty: all
};
CommandExit forecast_retention(const Invocation&, const SimulateOptions&);
CommandExit explain_artifact(const Invocation&, const std::string& artifact);

struct AcceptOptions {
    std::string artifact;
    std::string reason;
};
CommandExit accept_artifact(const Invocation&, const AcceptOptions&);

struct PauseOptions {
    std::string job;
    std::string until;  ///< an instant, a local time of the job's zone, or a span from now; empty: until it is resumed
    std::string reason;
};
CommandExit pause_job(const Invocation&, const PauseOptions&);
CommandExit resume_job(const Invocation&, const PauseOptions&);
CommandExit retry_source(const Invocation&, const std::string& source);

}  // namespace garner
