// The middle of a run: from the vendor's address to an artifact in the store, in one pass, resumable at each byte.
#include <algorithm>
#include <boost/asio/error.hpp>

#include "connectors/reply_check.hpp"
#include "core/expectation.hpp"
#include "core/probe.hpp"
#include "core/resume.hpp"
#include "core/text.hpp"
#include "engine/run.hpp"

namespace garner {
namespace {

constexpr std::uint64_t checkpoint_bytes = 64 * 1024 * 1024;
constexpr int barren_tries_max = 5;  // answers in a row that brought no byte further
constexpr int restarts_max = 10;     // of one download, from its first byte
constexpr int pages_max = 3;         // login or error pages instead of the file; the third is kept, to be looked at
constexpr std::size_t first_bytes_max = 256;

std::string read_validator(const HttpHead& head) {
    return resume_validator(head.header("etag"), head.header("last-modified"));
}

// An answer that is no file. Such answers come from where the files lie, often not the vendor's own host: they hold up
// this download, not the source.
Failure unwelcome(const HttpReply& reply) {
    Failure failure(FailureKind::transient, "status " + std::to_string(reply.head.status));
    failure.http_status = reply.head.status;
    failure.retry_after = retry_after_of(reply.head);
    failure.throttled = reply.head.status == 429;
    return failure;
}

}  // namespace

// From the socket into the staged file. It remembers in the ledger what a later life needs to go on.
class ArtifactSink final : public ByteSink {
public:
    ArtifactSink(Run& run, StagedArtifact& staged, bool asked_range)
        : run_(run), staged_(staged), asked_range_(asked_range) {}

    Task<Result<void>> begin(const HttpHead& head) override {
        began = true;
        DownloadHead seen;
        seen.status = head.status;
        seen.content_length = head.content_length;
        if (const auto range = head.header("content-range")) seen.content_range = std::string(*range);
        seen.validator = read_validator(head);
        PartialDownload here;
        here.size = staged_.size();
        if (run_.record_.download) {
            here.validator = run_.record_.download->validator;
            here.total = run_.record_.download->total;
        }
        const ResumeDecision decision = decide_resume(seen, here, asked_range_);
        if (decision.action == ResumeDecision::Action::refuse) co_return Failure(FailureKind::corrupt, decision.reason);
        if (decision.action == ResumeDecision::Action::restart) {
            const auto restarted = co_await staged_.restart();
            if (!restarted) co_return restarted.error();
        }
        const std::uint64_t missing = decision.total ? *decision.total - std::min(*decision.total, staged_.size()) : 0;
        const auto space = co_await run_.store_->check_space(missing);
        if (!space) co_return space.error();

        const DownloadProgress progress{staged_.name(), std::min(durable_, staged_.size()), decision.total,
                                        seen.validator};
        RunUpdate update;
        update.download = progress;
        std::string detail = decision.total ? std::to_string(*decision.total) + " bytes" : "of unknown length";
        if (staged_.size() > 0) detail += ", going on at " + std::to_string(staged_.size());
        if (!decision.reason.empty()) detail += "; from the start again: " + decision.reason;
        co_await run_.remember(std::move(update), "download_began", detail);
        co_return Result<void>();
    }

    std::span<std::byte> buffer() override { return room_ = staged_.buffer(); }

    Task<Result<void>> filled(std::size_t n) override {
        if (staged_.size() == first_bytes_.size() && first_bytes_.size() < first_bytes_max)
            first_bytes_.append(reinterpret_cast<const char*>(room_.data()),
                                std::min(n, first_bytes_max - first_bytes_.size()));
        const auto written = co_await staged_.filled(n);
        if (!written) co_return written;
        since_checkpoint_ += n;
        if (since_checkpoint_ < checkpoint_bytes) co_return written;
        since_checkpoint_ = 0;
        const auto synced = co_await staged_.checkpoint();
        if (!synced) co_return synced;
        durable_ = staged_.size();
        RunUpdate update;
        DownloadProgress progress = *run_.record_.download;
        progress.offset = durable_;
        update.download = progress;
        co_await run_.remember(std::move(update));
        co_return Result<void>();
    }

    bool began = false;
    /// What came instead of a file: "an HTML page"; empty when it may be one, or was begun by an earlier try.
    std::string page() const { return foreign_format(first_bytes_); }

private:
    Run& run_;
    StagedArtifact& staged_;
    bool asked_range_;
    std::uint64_t durable_ = 0;
    std::uint64_t since_checkpoint_ = 0;
    std::span<std::byte> room_;
    std::string first_bytes_;
};

ArtifactRecord Run::artifact_so_far() const {
    ArtifactRecord artifact;
    artifact.run = record_.id;
    artifact.job = record_.job;
    artifact.source = record_.source;
    artifact.target = record_.target;
    artifact.scheduled_at = record_.scheduled_at;
    artifact.window = record_.window;
    artifact.store = job_.store;
    artifact.remote_job = record_.remote_job;
    artifact.media_type = std::string(media_type_of(source_->connector().format()));
    artifact.path = store_->path_for(artifact, std::string(extension_of(source_->connector().format())));
    return artifact;
}

// An artifact that is in the store with its manifest, or even in the ledger: an earlier life or attempt was cut off
// right behind that. A failure says that it cannot be told now.
Task<Result<std::optional<ArtifactRecord>>> Run::published_before() {
    if (record_.state < RunState::publishing) co_return std::optional<ArtifactRecord>();
    const std::string path = artifact_so_far().path;
    const auto manifest = co_await store_->find_published(path);
    if (!manifest && manifest.error().kind == FailureKind::corrupt) co_return std::optional<ArtifactRecord>();
    if (!manifest) co_return manifest.error();
    if (!*manifest || (*manifest)->artifact.run != record_.id) co_return std::optional<ArtifactRecord>();
    ArtifactRecord artifact = (*manifest)->artifact;
    artifact.store = job_.store;
    artifact.path = path;
    co_return std::optional<ArtifactRecord>(std::move(artifact));
}

// All bytes are in the staged file (or in the store under their name, without a sound manifest), durably: nothing is
// asked of the vendor. A failure says that it cannot be told now.
Task<Result<bool>> Run::downloaded_before() {
    if (record_.state < RunState::verifying || !record_.download) co_return false;
    const DownloadProgress progress = *record_.download;
    if (record_.state >= RunState::publishing) {
        const ArtifactRecord unlisted = artifact_so_far();
        const auto withdrawn = co_await store_->withdraw(unlisted, progress.staged);
        if (!withdrawn) co_return withdrawn.error();
    }
    auto staged = co_await store_->reopen(progress, *probe_);
    if (!staged && staged.error().kind == FailureKind::gone) co_return false;
    if (!staged) co_return staged.error();
    staged_ = std::move(*staged);
    co_return true;
}

// A run does not end while nobody knows whether its artifact is in the store. As soon as the disk can tell, either it
// is there, whole, and the run has succeeded after all; or every trace of it is taken back.
Task<std::optional<ArtifactRecord>> Run::settle_publication() {
    if (record_.state != RunState::publishing || !record_.download) co_return std::nullopt;
    const ArtifactRecord unlisted = artifact_so_far();
    const std::string staged_name = record_.download->staged;
    Duration pause{5'000};
    constexpr Duration longest_pause{300'000};
    for (;;) {
        const auto published = co_await published_before();
        if (published && *published) co_return **published;
        Failure failure = published ? Failure() : published.error();
        if (published) {
            const auto withdrawn = co_await store_->withdraw(unlisted, staged_name);
            if (withdrawn || withdrawn.error().kind == FailureKind::rejected) co_return std::nullopt;
            failure = withdrawn.error();
        }
        context_.observer.store_failing(job_.store, failure);
        turn_.end();  // nothing is asked of the vendor meanwhile: others may
        co_await context_.doors.clock.sleep_for(pause);
        pause = std::min(pause * 2, longest_pause);
    }
}

Task<Result<void>> Run::open_staged() {
    if (staged_) co_return Result<void>();
    const auto space = co_await store_->check_space(0);
    if (!space) co_return space.error();
    if (record_.download && !record_.download->validator.empty() && record_.download->offset > 0) {
        const DownloadProgress progress = *record_.download;
        auto reopened = co_await store_->reopen(progress, *probe_);
        if (reopened) {
            staged_ = std::move(*reopened);
            co_return Result<void>();
        }
    }
    auto staged = co_await store_->stage(record_.id, *probe_);
    if (!staged) co_return staged.error();
    staged_ = std::move(*staged);
    co_return Result<void>();
}

Task<Result<HttpReply>> Run::download_once(const Ready& ready, bool& began, std::string& page) {
    HttpRequest request = ready.download;
    const std::string validator = record_.download ? record_.download->validator : std::string();
    const bool goes_on = staged_->size() > 0 && !validator.empty() && ready.range != RangeUse::never;
    if (staged_->size() > 0 && !goes_on) {
        const auto restarted = co_await staged_->restart();
        if (!restarted) co_return restarted.error();
    }
    const bool asks_range = goes_on || ready.range == RangeUse::always;
    if (asks_range) request.headers.emplace_back("Range", "bytes=" + std::to_string(staged_->size()) + "-");
    if (goes_on) request.headers.emplace_back("If-Range", validator);
    ArtifactSink sink(*this, *staged_, asks_range);
    const auto leave = co_await source_->leave_to_download(request.url, deadline_);
    if (!leave) co_return leave.error();
    auto reply = co_await source_->client().download(request, sink);
    began = sink.began;
    page = sink.page();
    co_return reply;
}

Task<Result<void>> Run::download_into_store(std::string remote_job, Ready ready) {
    const auto opened = co_await open_staged();
    if (!opened) co_return opened.error();
    const std::string operation = "download the file of remote job " + printable(remote_job, 80);

    int barren = 0;
    std::uint32_t tries = 0;
    int restarts = 0;
    int pages = 0;
    std::uint64_t farthest = staged_->size();
    for (;;) {
        bool began = false;
        std::string page;
        auto reply = co_await download_once(ready, began, page);
        const int status = reply ? reply->head.status : 0;
        const bool fetched = reply && (status == 200 || status == 206);
        const auto total = record_.download ? record_.download->total : std::nullopt;
        const bool whole_file = fetched && (!total || *total == staged_->size());
        // A proxy's page may be gone at the next try; the vendor still has the file.
        const bool is_page = whole_file && !page.empty() && ++pages < pages_max;
        if (whole_file && !is_page) break;
        if (status == 416 && total && *total == staged_->size()) break;

        Failure failure = reply ? unwelcome(*reply) : reply.error();
        if (is_page)
            failure = Failure(FailureKind::corrupt, page + " came instead of the file");
        else if (fetched)
            failure = Failure(FailureKind::corrupt, std::to_string(staged_->size()) + " bytes came, " +
                                                        std::to_string(*total) + " were announced");
        if (status == 410) failure.kind = FailureKind::gone;  // at Appgate: the backup was not made
        if (failure.kind == FailureKind::local || failure.kind == FailureKind::rejected ||
            failure.kind == FailureKind::gone)
            co_return failure.during(operation);

        if (status == 410) {
            failure.kind = FailureKind::gone;
            failure.what += " (the vendor says that there is no file, and that there will be none)";
            co_return failure.during(operation);
        }

        // Progress pays for any number of tries; answers that bring nothing do not.
        if (is_page) {
            // Neither progress nor an answer that brings nothing.
        } else if (staged_->size() > farthest) {
            farthest = staged_->size();
            barren = 0;
            tries = 0;
        } else if (began || (status >= 200 && status < 500 && status != 429)) {
            ++barren;
        }
        if (failure.kind == FailureKind::corrupt || status == 416) {
            const auto restarted = co_await staged_->restart();
            if (!restarted) co_return restarted.error();
            if (!is_page) barren = std::max(barren, 1) + (failure.kind == FailureKind::corrupt ? 1 : 0);
        }
        // Starting over is no progress, however far it comes each time.
        if (staged_->size() < farthest) {
            farthest = staged_->size();
            ++restarts;
        }
        if (barren >= barren_tries_max || restarts >= restarts_max) {
            if (status == 404) failure.kind = FailureKind::gone;
            co_return failure.during(operation);
        }
        const bool asks_again = is_page || (status >= 400 && status < 500 && status != 429 && status != 416);
        Duration delay = delay_after(failure, source_->settings().backoff, tries++, context_.doors.random.next());
        if (asks_again) delay = std::max(delay, source_->settings().poll.initial);
        context_.observer.request_retried(record_, failure.during(operation), delay);
        co_await context_.doors.clock.sleep_for(delay);
        if (asks_again) {
            // An address that has expired (403) is renewed by asking after the job again: never a new job.
            auto progress = co_await poll(remote_job);
            if (!progress) co_return progress.error();
            if (auto* renewed = std::get_if<Ready>(&*progress)) ready = std::move(*renewed);
        }
    }

    // Durable before anything says that it is whole.
    const auto synced = co_await staged_->checkpoint();
    if (!synced) co_return synced.error();
    DownloadProgress whole = record_.download.value_or(DownloadProgress{});
    whole.staged = staged_->name();
    whole.offset = staged_->size();
    whole.total = staged_->size();
    RunUpdate update;
    update.download = whole;
    update.state = RunState::verifying;
    const std::string detail = std::to_string(whole.offset) + " bytes";
    co_await remember(std::move(update), "downloaded", detail);
    co_return Result<void>();
}

Task<Result<ArtifactRecord>> Run::publish() {
    const auto digest = co_await staged_->finish();
    if (!digest) co_return digest.error();
    const ProbeResult probe = probe_->finish();

    Manifest manifest;
    manifest.artifact = artifact_so_far();
    ArtifactRecord& artifact = manifest.artifact;
    artifact.id = context_.new_id();
    artifact.size = staged_->size();
    artifact.sha256 = *digest;
    artifact.probe = probe.summary;
    if (probe.csv) artifact.rows = probe.csv->rows;
    const auto usual =
        co_await context_.ledger.usual_sizes(artifact.job, artifact.source, artifact.target.id, artifact.window);
    if (!usual) co_return usual.error();
    artifact.reasons = reasons_to_doubt(artifact.size, probe, *usual, job_.expect);
    artifact.verdict = artifact.reasons.empty() ? Verdict::verified : Verdict::suspect;
    artifact.stored_at = context_.doors.clock.wall_now();
    manifest.source_type = std::string(to_string(source_->settings().type));
    manifest.started_at = record_.started_at;
    manifest.downloaded_at = artifact.stored_at;
    manifest.garner_version = GARNER_VERSION;
    const auto previous =
        co_await context_.ledger.last_manifest_sha256(artifact.store, artifact.source, artifact.target.id);
    if (!previous) co_return previous.error();
    manifest.previous_manifest_sha256 = *previous;

    const std::string event(to_string(artifact.verdict));
    co_await to_state(RunState::publishing, event, probe.summary);
    const auto published = co_await store_->publish(*staged_, manifest);
    if (!published) co_return published.error();
    artifact.manifest_sha256 = *published;
    staged_.reset();
    co_return artifact;
}

}  // namespace garner
