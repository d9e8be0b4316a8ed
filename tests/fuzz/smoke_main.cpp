// Where there is no libFuzzer: each file of a corpus once, then a fixed number of mutations of them, always the same
// ones. Usage: fuzz_TARGET CORPUS.... A property that does not hold ends the process with the input in
// ./smoke-crash.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/fuzz.hpp"

namespace {

std::uint64_t state = 20'261'127;

std::uint64_t below(std::uint64_t n) {
    state += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return n == 0 ? 0 : (z ^ (z >> 31)) % n;
}

const std::string* tried = nullptr;

// What a crash leaves behind.
extern "C" void keep_input(int signal) {
    const int file = ::open("smoke-crash", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file >= 0 && tried != nullptr && ::write(file, tried->data(), tried->size()) < 0) ::_exit(3);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void try_one(const std::string& input) {
    tried = &input;
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::string mutated(std::string input, const std::string& other) {
    for (std::uint64_t changes = 1 + below(4); changes > 0; --changes) {
        const std::size_t at = static_cast<std::size_t>(below(input.size() + 1));
        switch (below(7)) {
            case 0:
                if (at < input.size()) input[at] = static_cast<char>(below(256));
                break;
            case 1:
                if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
                break;
            case 2:
                input.insert(at, 1, static_cast<char>(below(256)));
                break;
            case 3:
                input.erase(at, static_cast<std::size_t>(below(16)));
                break;
            case 4:
                input.insert(at, input.substr(static_cast<std::size_t>(below(input.size() + 1)), 40));
                break;
            case 5: {
                const std::size_t from = static_cast<std::size_t>(below(other.size() + 1));
                input.replace(at, std::string::npos, other.substr(from, 4'000));
                break;
            }
            default: {
                const char* const numbers[] = {
                    "0", "-1", "18446744073709551616", "9223372036854775807", "1e99", "4294967296", "00", "null"};
                const std::size_t digit = std::min(input.find_first_of("0123456789", at), input.size());
                input.replace(digit, digit < input.size() ? 1 : 0, numbers[below(std::size(numbers))]);
            }
        }
    }
    return input;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s CORPUS...\n", argv[0]);
        return 2;
    }
    std::vector<std::filesystem::path> paths;
    for (int i = 1; i < argc; ++i)
        for (const auto& file : std::filesystem::directory_iterator(argv[i]))
            if (file.is_regular_file()) paths.push_back(file.path());
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> corpus;
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    if (corpus.empty()) {
        std::fprintf(stderr, "%s has no files\n", argv[1]);
        return 2;
    }
    for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS}) std::signal(signal, keep_input);
    for (const std::string& input : corpus) try_one(input);
    constexpr int mutations = 20'000;
    for (int i = 0; i < mutations; ++i) try_one(mutated(corpus[below(corpus.size())], corpus[below(corpus.size())]));
    std::printf("%zu files, %d mutations: every property held\n", corpus.size(), mutations);
    return 0;
}
