// The array of infer.sbatch for Nextflow: one process a shard, then the merge. Not tested here: Nextflow is not in Debian.
//
//   nextflow run pipelines/cluster/main.nf --model model.safetensors --list test.tsv --data . --shards 7
//
// Paths in the list are taken from the folder `data`. The tools come from PATH.
params.shards = 7
params.cam    = ''
params.out    = 'out/nextflow'
params.data   = '.'

process shard {
    maxRetries 3
    errorStrategy { task.exitStatus == 75 ? 'retry' : 'terminate' }
    publishDir params.out, pattern: 'maps/*'
    input:  tuple val(i), path(model), path(list)
    output: tuple path("scores.${i}.tsv"), path("maps.${i}.tsv"), emit: tables
            path 'maps/*'
    script:
    """
    (cd ${file(params.data)} && cxr-prep -q -m \$OLDPWD/${model} --store u8 --shard ${i}/${params.shards}) <${list} >test.cxr || test \$? = 3
    cxr-infer -q -m ${model} -t test.cxr >scores.${i}.tsv || test \$? = 3
    cxr-cam -q -m ${model} ${params.cam} -o maps -t test.cxr >maps.${i}.tsv || test \$? = 3
    """
}

process merge {
    publishDir params.out
    input:  path parts
    output: path '*.tsv'
    script:
    """
    mkdir shards; mv scores.*.tsv maps.*.tsv shards
    cxr-show --cat shards/scores.*.tsv >scores.tsv
    cxr-show --cat shards/maps.*.tsv >maps.tsv
    cxr-metrics scores.tsv >metrics.tsv
    """
}

workflow {
    shard(Channel.of(1..params.shards).map { i -> [i, file(params.model), file(params.list)] })
    merge(shard.out.tables.flatten().collect())
}
