#include "core/manifest_chain.hpp"

#include <algorithm>
#include <map>

namespace garner {
namespace {

class Follower {
public:
    Follower(const std::vector<ChainLink>& links, const std::set<std::string>& gone)
        : links_(links), gone_(gone), followers_(links.size()), taken_(links.size(), false) {
        for (std::size_t i = 0; i < links.size(); ++i) {
            by_age_.push_back(i);
            by_hash_.emplace(links[i].sha256, i);
        }
        std::stable_sort(by_age_.begin(), by_age_.end(),
                         [&](std::size_t a, std::size_t b) { return links[a].stored_at < links[b].stored_at; });
    }

    Chain follow() {
        std::vector<std::size_t> heads;
        for (const std::size_t i : by_age_) {
            const auto& previous = links_[i].previous;
            const auto found = previous ? by_hash_.find(*previous) : by_hash_.end();
            if (found == by_hash_.end() || found->second == i) {
                heads.push_back(i);
            } else {
                followers_[found->second].push_back(i);
            }
        }
        for (const std::size_t head : heads) {
            judge_head(head);
            take(head);
        }
        // Only what names each other in a circle, which no hash does, is left.
        for (const std::size_t i : by_age_)
            if (!taken_[i]) take(i);
        return std::move(chain_);
    }

private:
    void judge_head(std::size_t head) {
        const ChainLink& link = links_[head];
        if (!link.previous) {
            if (first_) broken(head, "says that it is the first, as " + links_[*first_].path + " does", "");
            first_ = first_ ? first_ : std::optional(head);
        } else if (!gone_.contains(*link.previous)) {
            const auto older = std::find(by_age_.begin(), by_age_.end(), head);
            const std::string before =
                older == by_age_.begin() ? "" : "; stored before it was " + links_[*(older - 1)].path;
            broken(head,
                   "names a manifest before it, of SHA-256 " + *link.previous +
                       ", that is not there: that one was removed or edited" + before,
                   *link.previous);
        }
    }

    void take(std::size_t from) {
        for (std::vector<std::size_t> open{from}; !open.empty();) {
            const std::size_t i = open.back();
            open.pop_back();
            if (taken_[i]) continue;
            taken_[i] = true;
            chain_.order.push_back(i);
            const auto& next = followers_[i];
            for (std::size_t n = next.size(); n-- > 0;) {
                open.push_back(next[n]);
                if (n > 0)
                    broken(next[n], "names the same manifest before it as " + links_[next[0]].path + " does", "");
            }
        }
    }

    void broken(std::size_t link, std::string what, std::string missing) {
        chain_.breaks.push_back({link, std::move(what), std::move(missing)});
    }

    const std::vector<ChainLink>& links_;
    const std::set<std::string>& gone_;
    std::map<std::string, std::size_t> by_hash_;
    std::vector<std::size_t> by_age_;
    std::vector<std::vector<std::size_t>> followers_;
    std::vector<bool> taken_;
    std::optional<std::size_t> first_;
    Chain chain_;
};

}  // namespace

Chain follow_chain(const std::vector<ChainLink>& links, const std::set<std::string>& gone) {
    return Follower(links, gone).follow();
}

}  // namespace garner
