"""Evaluation: rank everything, measure every user, keep the vectors."""

from .baselines import (
    Repetition as Repetition,
    count_repetition as count_repetition,
    item_counts as item_counts,
    popularity as popularity,
    repetition as repetition,
)
from .beyond import average_popularity as average_popularity, coverage as coverage, gini as gini
from .click_baselines import (
    ItemLogits as ItemLogits,
    item_click_rate as item_click_rate,
    item_popularity as item_popularity,
    title_cosine as title_cosine,
)
from .click_metrics import measure_clicks as measure_clicks
from .click_through import (
    accuracy as accuracy,
    auc as auc,
    auc_batched as auc_batched,
    pair_scores as pair_scores,
)
from .filtered_ranking import (
    Questions as Questions,
    filtered_ranks as filtered_ranks,
    measure_facts as measure_facts,
    questions_of as questions_of,
    rank_metrics as rank_metrics,
)
from .friend_baselines import (
    SharedFriends as SharedFriends,
    common_friends as common_friends,
    measure_friend_baselines as measure_friend_baselines,
    shared_friends as shared_friends,
    weighed_friends as weighed_friends,
)
from .item_pairs import (
    item_cosines as item_cosines,
    itself as itself,
    measure_item_pairs as measure_item_pairs,
    shared_users as shared_users,
    successor_counts as successor_counts,
    table_rows as table_rows,
)
from .link_baselines import (
    adamic_adar as adamic_adar,
    common_neighbors as common_neighbors,
    degree as degree,
    host_ranks as host_ranks,
)
from .measure import (
    EvalTask as EvalTask,
    Measured as Measured,
    eval_task as eval_task,
    eval_tasks as eval_tasks,
    join as join,
    measure_baselines as measure_baselines,
    measure_model as measure_model,
    ranked_lists as ranked_lists,
    sample_users as sample_users,
    seen as seen,
    slice_of as slice_of,
    standard_errors as standard_errors,
)
from .metrics import (
    METRICS as METRICS,
    all_metrics as all_metrics,
    average_precision as average_precision,
    hit_rate as hit_rate,
    ndcg as ndcg,
    precision as precision,
    recall as recall,
    reciprocal_rank as reciprocal_rank,
)
from .next_item import (
    measure_next_item as measure_next_item,
    next_item_metrics as next_item_metrics,
    session_ranks as session_ranks,
)
from .node_baselines import (
    class_shares as class_shares,
    logistic_regression as logistic_regression,
    propagated_labels as propagated_labels,
)
from .node_classes import macro_f1 as macro_f1, measure_classes as measure_classes
from .per_user import per_user as per_user
from .places import Cut as Cut
from .rating_baselines import (
    Biases as Biases,
    constant_rating as constant_rating,
    shrunken_biases as shrunken_biases,
    tuned_biases as tuned_biases,
)
from .rating_errors import (
    Predict as Predict,
    RatingErrors as RatingErrors,
    measure_ratings as measure_ratings,
    rating_errors as rating_errors,
    rmse_of_part as rmse_of_part,
)
from .resampling import (
    bootstrap_interval as bootstrap_interval,
    permutation_test as permutation_test,
)
from .session_baselines import (
    overall_popularity as overall_popularity,
    session_popularity as session_popularity,
    session_recency as session_recency,
)
from .significance import (
    Comparison as Comparison,
    compare_users as compare_users,
    holm as holm,
    rank_biserial as rank_biserial,
    t_test as t_test,
    wilcoxon as wilcoxon,
)
