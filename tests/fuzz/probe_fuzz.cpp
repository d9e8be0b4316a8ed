// Files, as a vendor gives them: CSV, ZIP, OpenPGP. The verdict does not depend on how the bytes come, and its words
// are for people.
#include <span>

#include "core/expectation.hpp"
#include "core/probe.hpp"
#include "fuzz/fuzz.hpp"

namespace {

using namespace garner;

ProbeResult judge(ArtifactFormat format, std::string_view file, fuzz::Cuts cuts) {
    const auto probe = make_probe(format);
    for (std::size_t at = 0; at < file.size();) {
        const std::size_t n = cuts.next(file.size() - at);
        probe->update(std::as_bytes(std::span(file.substr(at, n))));
        at += n;
    }
    return probe->finish();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 64 * 1024) return 0;
    static constexpr ArtifactFormat formats[] = {ArtifactFormat::csv, ArtifactFormat::zip_of_csv,
                                                 ArtifactFormat::openpgp};
    const ArtifactFormat format = formats[data[0] % std::size(formats)];
    const std::string_view file = fuzz::text_of(data + 1, size - 1);
    const ProbeResult once = judge(format, file, fuzz::Cuts(1));
    const ProbeResult again = judge(format, file, fuzz::Cuts(size));
    fuzz::require(once.reasons == again.reasons, "the verdict does not depend on the cuts");
    fuzz::require(once.summary == again.summary, "nor does the summary", once.summary);
    fuzz::require(once.csv == again.csv, "nor what it holds", once.summary);
    fuzz::require_printable(once.summary, "a summary is printable");
    for (const std::string& reason : once.reasons) fuzz::require_printable(reason, "a reason is printable");
    fuzz::require(!file.empty() || !once.reasons.empty(), "an empty file is never good");
    Expectation expect;
    expect.min_rows = data[0];
    expect.columns = {"a", "b"};
    for (const std::string& reason : reasons_to_doubt(file.size(), once, {1, 2, 300, 4, 5, size}, expect))
        fuzz::require_printable(reason, "whatever is expected of it");
    return 0;
}
