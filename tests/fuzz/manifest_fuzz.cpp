// Manifests beside artifacts, as a disk gives them back: what is read is written and read again as the same.
#include "fuzz/fuzz.hpp"
#include "store/artifact_store.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace garner;
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
