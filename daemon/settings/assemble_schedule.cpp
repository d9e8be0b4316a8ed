#include "settings/assemble_schedule.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace garner {
namespace {

CatchUp catch_up_of(std::string_view word) {
    if (word == "none") return CatchUp::none;
    return word == "all" ? CatchUp::all : CatchUp::latest;
}

void read_blackout(const Checked& job_keys, const std::map<std::string, NamedIntervals>& known, JobSettings& job,
                   Report& report) {
    const Checked* names = job_keys.find("blackout");
    if (names == nullptr) return;
    for (const Checked& name : names->parts)
        if (const auto found = known.find(name.text()); found != known.end()) job.blackout.push_back(found->second);
    if (const auto year = year_without_end(job.blackout, job.zone))
        report.error(names->place, names->path,
                     "never ends: " +
                         (*year == 1970 ? "it covers every moment"
                                        : "from " + std::to_string(*year) + " on it covers every moment") +
                         " of ten years, so nothing would ever start");
}

}  // namespace

// `~` stands for the same in every life of the job, and for something else in each expression of its list.
Schedule schedule_of(const Checked& keys, const std::string& name) {
    std::vector<CronExpression> expressions;
    std::vector<std::string> words;
    keys.read("schedule", words);
    for (std::size_t i = 0; i < words.size(); ++i)
        if (Result<CronExpression> expression = CronExpression::parse(words[i], name + "/" + std::to_string(i)))
            expressions.push_back(std::move(*expression));
    return Schedule(std::move(expressions));
}

void assemble_schedule(const Checked& keys, const std::map<std::string, NamedIntervals>& intervals, JobSettings& job,
                       Report& report) {
    job.schedule = schedule_of(keys, job.name);
    keys.read("jitter", job.jitter);
    if (const Checked* word = keys.find("catch_up")) job.catch_up = catch_up_of(word->text());
    if (const Checked* span = keys.find("starting_deadline")) job.starting_deadline = std::get<Duration>(span->value);
    if (const Checked* word = keys.find("concurrency_policy"))
        job.concurrency_policy = word->text() == "queue" ? ConcurrencyPolicy::queue : ConcurrencyPolicy::forbid;
    read_blackout(keys, intervals, job, report);
    keys.read("paused", job.paused);
}

}  // namespace garner
