// What the Servitly model knows, as the control port tells it.
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/text.hpp"
#include "sandbox/models/servitly_state.hpp"

namespace garner::sandbox {

std::string ServitlyModel::record_json() const {
    constexpr std::uint64_t kHashBytesMax = 1ULL << 30;
    boost::json::array jobs;
    for (const Job& job : state_->jobs) {
        boost::json::object entry;
        entry["id"] = job.id;
        entry["tenant"] = job.tenant;
        entry["name"] = printable(job.name);
        entry["foreign"] = job.foreign;
        entry["state"] = job.vanishes && job.polls > 1 ? "vanished" : state_->word_of(job);
        entry["started"] = format_rfc3339(job.started);
        if (job.ends) entry["ends"] = format_rfc3339(*job.ends);
        if (job.from) entry["start_timestamp"] = *job.from;
        if (job.to) entry["end_timestamp"] = *job.to;
        entry["polls"] = job.polls;
        entry["downloads"] = job.downloads;
        entry["size"] = job.object.content->size();
        if (job.object.content->size() <= kHashBytesMax) entry["sha256"] = job.object.content->sha256();
        entry["told"] = job.told();
        if (job.answer_lost) entry["answer_lost"] = true;
        jobs.push_back(std::move(entry));
    }
    boost::json::array violations;
    for (const Violation& one : state_->violations) {
        boost::json::object entry;
        entry["at"] = format_rfc3339(one.at);
        entry["what"] = printable(one.what);
        violations.push_back(std::move(entry));
    }
    const State::Counts& counts = state_->counts;
    boost::json::object requests;
    requests["login"] = counts.login;
    requests["renew"] = counts.renew;
    requests["start"] = counts.start;
    requests["busy"] = counts.busy;
    requests["poll"] = counts.poll;
    requests["download"] = counts.download;
    requests["bad_request"] = counts.bad_request;
    requests["unauthorized"] = counts.unauthorized;
    requests["forbidden"] = counts.forbidden;
    requests["not_found"] = counts.not_found;
    requests["too_many"] = counts.too_many;
    boost::json::object logins;
    logins["logins"] = state_->logins.counts().logins;
    logins["renewals"] = state_->logins.counts().renewals;
    logins["rejected"] = state_->logins.counts().rejected;
    boost::json::object concurrent;
    for (const auto& [tenant, most] : state_->concurrent_max) concurrent[tenant] = most;
    boost::json::object record;
    record["vendor"] = "servitly";
    record["requests"] = std::move(requests);
    record["logins"] = std::move(logins);
    record["max_concurrent_per_tenant"] = std::move(concurrent);
    record["jobs"] = std::move(jobs);
    record["violations"] = std::move(violations);
    return boost::json::serialize(record);
}

}  // namespace garner::sandbox
