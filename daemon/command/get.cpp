// `garner get`: an artifact is read where it lies, the hash checked over every byte that is handed out.
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <filesystem>
#include <memory>
#include <ostream>

#include "command/commands.hpp"
#include "command/output_file.hpp"
#include "command/reading.hpp"
#include "command/run_task.hpp"
#include "core/report_json.hpp"
#include "core/text.hpp"
#include "platform/real/real_disk.hpp"
#include "platform/sha256.hpp"
#include "store/artifact_store.hpp"

namespace garner {
namespace {

std::string default_name(const ArtifactRecord& artifact) {
    return std::filesystem::path(artifact.path).filename().string();
}

// "-o DIRECTORY" means the artifact's name in it.
std::string output_path(const GetOptions& options, const ArtifactRecord& artifact) {
    if (options.output.empty()) return default_name(artifact);
    std::error_code error;
    if (options.output != "-" && std::filesystem::is_directory(options.output, error))
        return (std::filesystem::path(options.output) / default_name(artifact)).string();
    return options.output;
}

struct Copying {
    Sha256 digest;
    std::uint64_t size = 0;
    Result<void> written;
};

Result<void> copy(const ArtifactRecord& artifact, const std::string& from, OutputFile& to) {
    asio::io_context context;
    RealDisk disk(1);
    auto copying = std::make_shared<Copying>();
    std::function<void(std::span<const std::byte>)> visit = [copying, &to](std::span<const std::byte> piece) {
        copying->digest.update(piece);
        copying->size += piece.size();
        if (copying->written) copying->written = to.write(piece);
    };
    const Result<void> read = run_task(context, disk.scan(from, artifact.size, std::move(visit)));
    if (!read) return read.error();
    if (!copying->written) return copying->written.error();
    const std::string digest = copying->digest.finish();
    if (copying->size != artifact.size || digest != artifact.sha256)
        return Failure(FailureKind::corrupt, "read " + from + ": its SHA-256 is " + digest + ", the ledger says " +
                                                 artifact.sha256 + "; the file was damaged or changed");
    return {};
}

}  // namespace

CommandExit get_artifact(const Invocation& call, const GetOptions& options) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    const auto database = open_ledger(call, *settings);
    if (!database) return CommandExit::bad_news;
    const auto artifact = find_stored_artifact(LedgerReader(*database), options.artifact);
    if (!artifact) return fail(call, artifact.error().what, CommandExit::usage);
    const auto store = store_of(*settings, *artifact);
    if (!store) return fail(call, store.error().what, CommandExit::usage);
    const std::string goal = output_path(options, *artifact);
    auto file = OutputFile::create(goal);
    if (!file) return fail(call, file.error().what, CommandExit::bad_news);
    const auto copied = copy(*artifact, store->path + "/" + path_now(*artifact), *file);
    if (!copied) return fail(call, copied.error().what, CommandExit::bad_news);
    const auto kept = file->keep();
    if (!kept) return fail(call, kept.error().what, CommandExit::bad_news);
    if (artifact->verdict == Verdict::suspect)
        call.err << "garner: this artifact is suspect: garner artifacts --json says why\n";
    if (goal == "-") return CommandExit::fine;
    if (call.json) {
        boost::json::object shown = artifact_json(*artifact);
        shown["file"] = json_text(goal);
        print_json(call, shown);
    } else {
        call.out << printable(goal, 2000) << ": " << format_size(artifact->size) << ", SHA-256 as in the ledger\n";
    }
    return CommandExit::fine;
}

}  // namespace garner
