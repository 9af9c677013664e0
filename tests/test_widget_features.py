"""What our widgets show beside the three public ones that the lecture notes name; each of ours has a test.

EZ: Convolution Visualizer (ezyang), TL: 2DConv on RGB image (thomelane), CE: CNN Explainer (Polo Club), as read and
tried in 2026. `pytest -s tests/test_widget_features.py` prints the table.
"""

import ast
from pathlib import Path

TESTS = Path(__file__).parent
# feature, EZ, TL, CE, ours: file and name of the test
FEATURES = [
    ("input up to 32 × 32, height and width apart", "16", "5 × 5 fixed", "7, square", "convolution: test_python_takes_what_torch_takes"),
    ("kernel up to 11, height and width apart", "yes", "3 fixed", "square", "convolution: test_python_takes_what_torch_takes"),
    ("stride along each axis", "yes", "no", "one", "page: test_every_argument_reaches_the_page"),
    ("dilation along each axis", "one", "no", "no", "page: test_every_argument_reaches_the_page"),
    ("padding of each side, same, four modes", "one number", "no", "one number", "convolution_page: test_padding_for_each_side_and_in_each_mode"),
    ("1 to 8 input channels, their parts and the sum", "no", "3 fixed", "in the network", "convolution_page: test_each_channel_has_its_panels_and_the_parts_add_up"),
    ("1 to 8 filters, groups from dense to depthwise", "no", "no", "10 fixed", "convolution_page: test_channels_filters_and_groups_change_on_the_page"),
    ("transposed, with output padding", "no", "no", "no", "convolution_page: test_examples_and_operations"),
    ("true convolution, the kernel flipped", "no", "no", "no", "convolution_page: test_flip_turns_the_kernel"),
    ("1-D and causal", "no", "no", "no", "convolution_page: test_examples_and_operations"),
    ("3-D as slices", "no", "a sibling page", "no", "volume_page: test_an_output_outlines_what_it_reads_and_tells_its_partial_sums"),
    ("deformable, with masks", "no", "no", "no", "deformable_page: test_an_output_shows_its_taps_at_their_places_and_the_sum_over_them"),
    ("dynamic snake", "no", "no", "no", "deformable_page: test_a_snake_is_the_layers_and_its_steps_are_typed_and_moved"),
    ("pooling: max with its argmax, average, adaptive, global", "no", "no", "max 2 × 2", "convolution_page: test_max_pooling_routes_the_gradient_to_the_largest"),
    ("activation after the layer, and its gradient", "no", "no", "ReLU", "convolution_live: test_relu_is_one_more_panel_and_gradients_go_through_it"),
    ("15 activations, map and depth", "no", "no", "no", "activation_page: test_every_function_reads_out_torchs_value_and_slope"),
    ("numbers in cells", "no", "no", "in formulas", "page: test_hover_output_outlines_what_it_reads"),
    ("values typed or stepped", "no", "no", "no", "page: test_typed_values_change_the_output"),
    ("values painted", "no", "no", "no", "convolution_page: test_a_brush_paints_by_mouse_and_by_keys"),
    ("a photograph in RGB as input", "no", "a fixed one", "yes", "convolution: test_a_photograph_comes_in_three_colours"),
    ("the reader's own picture", "no", "no", "yes", "convolution_live: test_a_photograph_of_the_readers_own_stands_in_the_input"),
    ("output → inputs", "yes", "no", "yes", "page: test_hover_output_outlines_what_it_reads"),
    ("input → all outputs it feeds", "no", "no", "no", "page: test_hover_input_outlines_all_outputs_it_feeds"),
    ("weight → where it is used", "yes", "no", "value only", "convolution_page: test_all_three_directions_answer_in_the_gradient_tabs"),
    ("a selection is pinned", "no", "no", "no", "page: test_keyboard_alone"),
    ("formula in numbers and symbols, tied to the cells", "no", "no", "in part", "convolution_page: test_symbols_and_numbers_are_tied_to_the_cells"),
    ("size formula with the floor, dropped columns", "sizes only", "no", "sizes only", "page: test_dropped_rows_are_marked_and_counted"),
    ("∂L/∂input, ∂L/∂kernel, ∂L/∂bias", "no", "no", "no", "convolution_page: test_gradients_on_the_page_are_torchs"),
    ("the layer as a matrix, and im2col", "no", "no", "no", "convolution_page: test_the_layer_is_a_matrix_too"),
    ("the 15 examples of Dumoulin and Visin", "no", "no", "no", "convolution_page: test_examples_and_operations"),
    ("play, pause, step, back, scrub, speed", "plays on", "plays on", "play, pause", "convolution_page: test_the_player_steps_over_the_output"),
    ("the state in the address, a link to share", "in the browser", "no", "no", "convolution_live: test_the_state_is_in_the_address_and_comes_back"),
    ("PyTorch code with an assertion", "no", "no", "no", "convolution_page: test_the_code_on_the_page_runs"),
    ("a question first, and what is wrong in a reply", "no", "no", "no", "convolution_page: test_a_question_comes_first_and_a_wrong_reply_is_explained"),
    ("a whole network: any small one, the reader's own", "no", "no", "Tiny VGG", "explainer_page: test_scores_on_the_page_are_torchs_for_every_picture"),
    ("conv, norm, ReLU, pool, linear number by number", "no", "no", "yes", "explainer_page: test_each_layer_tells_its_number_by_keyboard_alone"),
    ("softmax with its terms; saliency, Grad-CAM", "no", "no", "softmax", "explainer_page: test_saliency_cam_and_softmax_tell_torchs_numbers"),
    ("occlusion", "no", "no", "no", "explainer_page: test_occlusion_runs_stops_and_forgets"),
    ("draw a digit, by pointer, touch and keys", "no", "no", "no", "explainer_page: test_drawing_by_pointer_touch_and_keyboard_changes_the_scores"),
    ("an upload, and a sentence for what is none", "no", "no", "yes", "explainer_page: test_a_picture_file_is_scaled_and_others_are_refused"),
    ("seven ways to make a map larger, their overlap", "no", "no", "no", "upsampling_page: test_the_overlap_is_torchs_and_both_buttons_mend_it"),
    ("batch norm: train, eval, running statistics, gradient", "no", "no", "no", "batchnorm_page: test_each_training_step_moves_the_running_statistics_as_torch"),
    ("batch, layer, instance and group norm as slices", "no", "no", "no", "batchnorm_page: test_hover_lights_the_slice_of_each_norm"),
    ("channel shuffle: who reaches whom, and the cost", "no", "no", "no", "shuffle_page: test_hover_outlines_what_torch_says_is_linked"),
    ("receptive field, both directions, of a chain or graph", "no", "no", "no", "receptive_field_page: test_pointing_at_a_pixel_outlines_the_units_it_reaches"),
    ("parameters, MACs, memory of any network, two at once", "no", "no", "no", "architecture_page: test_two_networks_stand_side_by_side_with_their_differences"),
    ("a training run replayed, or live with pause and rate", "no", "no", "no", "training_page: test_live_controls_pause_the_run_change_the_rate_and_follow_it"),
    ("what torch refuses is refused with the nearest legal value", "goes blank", "no", "old result stays", "page: test_illegal_sizes_are_told_never_blank_never_stale"),
    ("by keyboard alone", "sliders", "no", "sliders", "gallery: test_the_keyboard_reaches_everything_and_gets_out"),
    ("by touch alone", "no", "turns it", "in part", "page: test_touch_looks_first_and_changes_second"),
    ("light and dark, no finding of axe", "no", "no", "no", "gallery: test_axe_finds_nothing_idle_and_after_the_keyboard"),
    ("on a phone of 320 px", "yes", "no", "no", "gallery: test_a_phone_needs_no_sideways_scroll_and_targets_are_large"),
    ("nothing moves by itself", "no", "no", "no", "gallery: test_nothing_moves_by_itself"),
    ("on paper, and without JavaScript", "no", "no", "no", "gallery: test_without_javascript_the_figure_stands_and_prints"),
    ("from a disk, and in a frame", "no", "no", "no", "gallery: test_it_opens_from_a_disk_and_in_a_frame_of_foreign_origin"),
    ("one state with Python in JupyterLab", "no", "no", "no", "lab: test_every_widget_of_the_gallery_shares_its_state_too"),
]  # fmt: skip


def names_in(name):
    tree = ast.parse((TESTS / f"test_widget_{name}.py").read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_of_our_features_has_its_test():
    for feature, *others, ours in FEATURES:
        name, test = ours.split(": ")
        print(f"| {feature} | {' | '.join(others)} | `{ours}` |")
        assert test in names_in(name), f"{feature}: {ours} is no test"
    assert len(FEATURES) == len({feature for feature, *_ in FEATURES})
