// Manifests and marks beside artifacts, as a disk gives them back: what is read is written and read again as the same.
#include "fuzz/fuzz.hpp"
#include "store/artifact_store.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace garner;
    ArtifactRecord artifact;
    artifact.id = "01kabcd";
    if (const auto applied = apply_marks(fuzz::text_of(data, size), artifact); !applied) {
        fuzz::require(applied.error().kind == FailureKind::corrupt, "marks that cannot be read are corrupt");
        fuzz::require_printable(applied.error());
    } else if (const std::string marks = marks_json(artifact); !marks.empty()) {
        ArtifactRecord again = artifact;
        fuzz::require(apply_marks(marks, again).has_value(), "marks that were written can be read", marks);
        fuzz::require(marks_json(again) == marks, "and are the same", marks);
    }
    const auto read = parse_manifest(fuzz::text_of(data, size));
    if (!read) {
        fuzz::require(read.error().kind == FailureKind::corrupt, "what cannot be read is corrupt");
        fuzz::require_printable(read.error());
        return 0;
    }
    const std::string written = to_json(*read);
    const auto again = parse_manifest(written);
    fuzz::require(again.has_value(), "what was written can be read", written);
    fuzz::require(to_json(*again) == written, "and is the same", written);
    return 0;
}
