// A staged artifact as a file on a Disk: bytes are gathered, hashed and probed as they come, and written in large
// pieces.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/artifact_store.hpp"

namespace garner {

class StagedFile final : public StagedArtifact {
public:
    /// A new file; one that was there is replaced.
    static Task<Result<std::unique_ptr<StagedArtifact>>> create(Disk& disk, std::string directory, std::string name,
                                                                Probe& probe);
    /// The first `length` bytes of a file that is there, hashed and probed again.
    static Task<Result<std::unique_ptr<StagedArtifact>>> reopen(Disk& disk, std::string directory, std::string name,
                                                                std::uint64_t length, Probe& probe);

    std::span<std::byte> buffer() override;
    Task<Result<void>> filled(std::size_t n) override;
    Task<Result<void>> checkpoint() override;
    Task<Result<void>> restart() override;
    Task<Result<std::string>> finish() override;

private:
    StagedFile(Disk& disk, std::string directory, std::string name, Probe& probe);
    Task<Result<void>> flush();

    Disk& disk_;
    Probe& probe_;
    std::string directory_;
    std::string path_;
    bool name_is_durable_ = false;
    std::unique_ptr<WritableFile> file_;
    Sha256 digest_;
    std::vector<std::byte> pending_;  ///< taken, hashed, not yet written
    std::size_t pending_size_ = 0;
    bool broken_ = false;  ///< a write or sync failed: what the file holds is not known
    std::string sha256_;
};

}  // namespace garner
